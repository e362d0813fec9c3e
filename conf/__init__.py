"""Layered configuration: YAML files, the environment and the command line, checked by one model."""

from conf.load import ConfigError, environment_layer, load, secret_layer
from conf.model import Config, FeedConf

__all__ = ["Config", "ConfigError", "FeedConf", "environment_layer", "load", "secret_layer"]
