"""Entities: models, data sets, methods, tools and tasks that papers name, introduce and use."""
