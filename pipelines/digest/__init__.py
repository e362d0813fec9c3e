"""The digest: what is published, brought to readers by mail, feed and page, without Spark."""
