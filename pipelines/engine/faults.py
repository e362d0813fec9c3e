"""Faults of the machine and of files, in words: what happened, to which file, and what to do.

Spark, Delta and Arrow say them in the names of their classes, far down a chain of causes. What is
known is said plainly; of anything else, the innermost message without those names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import unquote

from py4j.protocol import Py4JError, Py4JJavaError
from pyspark.errors.exceptions.captured import CapturedException

_LAYERS = "bronze|silver|gold|ops"
# A table's folder, also as a URI: /somewhere/gold/topics; and a file there, up to a quote or space.
_TABLE = rf"/(?P<layer>{_LAYERS})/(?P<name>\w+)"
_TABLE_FILE = re.compile(_TABLE + r"/(?P<file>[^\s'\",;:)\]]+)")
_TABLE_FOLDER = re.compile(_TABLE + r"(?P<file>)\b")
_PATH = re.compile(r"(?:[a-z0-9]+:/{1,3}|/)[^\s'\",;:)\]]+")
_JAVA_NAME = re.compile(r"\b(?:[a-z_]\w*\.){2,}\w[\w$]*(?:: |:)?|\bo\d+\.\w+")
_ERRNO = re.compile(r"\s*\((?:os error|Errno) \d+\)|\[Errno \d+\]\s*")
_DEEP = 30


@dataclass(frozen=True)
class _Kind:
    """A fault that is known: how its messages read, and what is said of it."""

    messages: re.Pattern[str]
    explain: Callable[[str, str], str]


def in_words(error: BaseException) -> str | None:
    """A known fault, in words; None for any other.

    The message of the first cause that is known, from the outermost in, decides.
    """
    messages = list(_messages(error))
    for kind in _KINDS:
        for message in messages:
            if kind.messages.search(message):
                everything = "\n".join((message, *messages))
                return kind.explain(*_place(everything))
    return None


def is_damage(error: BaseException) -> bool:
    """Whether a fault is that of a file which is cut, changed, garbled or missing."""
    kinds = [kind for kind in _KINDS if kind.explain in (_cut_file, _garbled_file, _missing_file)]
    return any(k.messages.search(message) for message in _messages(error) for k in kinds)


def innermost(error: BaseException) -> str:
    """The first line of the innermost cause, without names of Java's classes."""
    for message in reversed(list(_messages(error))):
        for line in message.splitlines():
            plain = _ERRNO.sub("", _JAVA_NAME.sub("", line)).strip(" :")
            if plain:
                return plain
    return type(error).__name__


def _messages(error: BaseException) -> Iterator[str]:
    """The messages of an error and of what caused it, down to Java's."""
    visited: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in visited:
        visited.add(id(at))
        yield from getattr(at, "__notes__", ())
        if isinstance(at, Py4JJavaError):
            yield from _of_java(at.java_exception)
        elif isinstance(at, CapturedException):
            yield str(at).partition("\nJVM stacktrace")[0]
            if at._origin is not None:
                yield from _of_java(at._origin)
        else:
            name = getattr(at, "filename", None)
            yield f"{at} {name}" if name and str(name) not in str(at) else str(at)
        at = at.__cause__ or at.__context__


def _of_java(cause: object) -> Iterator[str]:
    """Messages of a Java error and its causes; the class is in the text where nothing else is."""
    with suppress(Py4JError):  # the JVM may have ended
        for _ in range(_DEEP):
            if cause is None:
                return
            yield str(cause.toString())  # type: ignore[attr-defined]
            cause = cause.getCause()  # type: ignore[attr-defined]


def _place(text: str) -> tuple[str, str]:
    """The table and the file that a text speaks of, as far as it says; else empty texts."""
    plain = unquote(text)
    match = _TABLE_FILE.search(plain) or _TABLE_FOLDER.search(plain)
    if match:
        return f"{match['layer']}.{match['name']}", match["file"].rstrip(".")
    path = _PATH.search(plain)
    return "", path[0].rstrip(".") if path else ""


def _full(table: str, file: str) -> str:
    where = f", while writing {table or file}" if table or file else ""
    return (
        f"the disk is full{where}; what was published is as it was\n"
        "  free some space (papertide maintain removes old versions), then papertide run goes on"
    )


def _not_allowed(table: str, file: str) -> str:
    return (
        f"not allowed to use{' ' + file if file else ''}{' of ' + table if table else ''}: "
        "the folder is read-only, or somebody else's\n"
        "  give this user the right to read and write there, or name another with "
        "--set warehouse=DIR"
    )


def _missing_file(table: str, file: str) -> str:
    return _damage_text(table, f"{file} is missing")


def _cut_file(table: str, file: str) -> str:
    return _damage_text(table, f"{file} is cut or overwritten, and cannot be read")


def _garbled_file(table: str, file: str) -> str:
    return _damage_text(table, f"{file or 'its log'} is garbled")


def _damage_text(table: str, what: str) -> str:
    if not table:
        return f"{what}\n  put it back from a copy, or take it out of the feed, and run again"
    return (
        f"{table} is damaged: {what}\n"
        f"  papertide repair {table} takes what is sound; papertide run then fills the rest"
    )


def _store(table: str, file: str) -> str:
    return (
        "object storage cannot be reached, or refuses us; what was published is as it was\n"
        "  papertide doctor says what is wrong; papertide run then goes on"
    )


def _no_store(table: str, file: str) -> str:
    return "Spark has not the jars that reach object storage\n  papertide setup --with s3"


def _no_hadoop(table: str, file: str) -> str:
    return (
        "Arrow reads hdfs:// by Hadoop's own libraries, and they are not on this machine\n"
        "  name them in JAVA_HOME, HADOOP_HOME and CLASSPATH (hadoop classpath --glob), or take\n"
        "  s3://, or a folder that all machines mount"
    )


def _memory(table: str, file: str) -> str:
    return (
        "Spark's memory was not enough\n  more: --set session.driver_memory=4g; a machine with "
        "less needs fewer cores: --set 'session.master=local[1]'"
    )


_KINDS = (
    _Kind(re.compile(r"Unable to load lib(?:jvm|hdfs)"), _no_hadoop),
    _Kind(re.compile(r"S3AFileSystem not found|NoClassDefFoundError: com/amazonaws"), _no_store),
    _Kind(
        re.compile(
            r"NoSuchBucket|NO_SUCH_BUCKET|SignatureDoesNotMatch|SIGNATURE_DOES_NOT_MATCH"
            r"|InvalidAccessKeyId|INVALID_ACCESS_KEY_ID|AWS Error (?:ACCESS_DENIED|NETWORK|UNKNOWN)"
            r"|Generic S3 error|lacked the necessary privileges|AmazonS3Exception"
            r"|AWSClientIOException|SdkClientException|NoAuthWithAWSException"
        ),
        _store,
    ),
    _Kind(re.compile(r"No space left on device|Disk quota exceeded", re.I), _full),
    _Kind(
        re.compile(
            r"Read-only file system|Permission denied|AccessDeniedException|Operation not permitted"
            r"|Mkdirs failed to create|Unable to create directory",
            re.I,
        ),
        _not_allowed,
    ),
    _Kind(re.compile(r"OutOfMemoryError|Java heap space", re.I), _memory),
    _Kind(
        re.compile(
            r"not a Parquet file|Could not read footer|CANNOT_READ_FILE_FOOTER|Corrupt footer"
            r"|magic (?:bytes|number)|Parquet file size is|Encountered error while reading file"
            r"|can not read class org\.apache\.parquet|Couldn't deserialize thrift"
            r"|Unexpected end of stream|Error reading column|Invalid column metadata"
            r"|BadPageHeader|Reached the end of stream|could not read page|Checksum error"
            r"|could not verify page integrity|FAILED_TO_UNCOMPRESS|Corrupt snappy",
            re.I,
        ),
        _cut_file,
    ),
    _Kind(
        re.compile(
            r"JsonParseException|JsonEOFException|MalformedInputException|Malformed(?:Json|Records)"
            r"|Invalid JSON|error parsing.*json|MISSING_METADATA|expected value at line"
            r"|log is garbled|EOF while parsing"
            r"|DELTA_LOG_FILE_NOT_FOUND|DELTA_VERSIONS_NOT_CONTIGUOUS",
            re.I,
        ),
        _garbled_file,
    ),
    _Kind(
        re.compile(
            r"FileNotFoundException|No such file or directory|FILE_NOT_EXIST|does not exist"
            r"|Object at location .* not found|DELTA_EMPTY_DIRECTORY",
            re.I,
        ),
        _missing_file,
    ),
)  # fmt: skip
