"""Layered configuration: YAML files, the environment and the command line, checked by one model."""

from conf.load import ConfigError, layers, load
from conf.model import Config, FeedConf

__all__ = ["Config", "ConfigError", "FeedConf", "layers", "load"]
