"""The web page: Streamlit over the published tables, which it reads without Spark."""
