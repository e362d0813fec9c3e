"""One module a page: the queries it asks, as functions without Streamlit, and `show`."""
