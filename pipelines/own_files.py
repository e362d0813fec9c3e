"""Files that settings name and stages depend on: decisions, terms, ROR's list, who is erased."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from conf import Config
from pipelines.engine.stage import Params
from storage.errors import UsageError
from storage.home import home

if TYPE_CHECKING:
    from jobs.people.decisions import Decisions
    from jobs.people.erased import Erased
    from jobs.people.institution_decisions import Decisions as InstitutionDecisions
    from jobs.people.ror import RorList
    from jobs.terms.thesaurus import Thesaurus
    from jobs.topics.curation import Curation
    from jobs.trends.author_groups import Members


T = TypeVar("T")


def _read(name: str, file: str | None) -> str:
    """The text of a file that a setting names; nothing where it names none.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        return Path(file).expanduser().read_text(encoding="utf-8") if file else ""
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{name}: {file} cannot be read: {error}") from error


def _said(name: str, file: str | None, read: Callable[[str], T], refusal: type[ValueError]) -> T:
    """What the file of a setting says, as `read` reads it.

    Raises:
        UsageError: it cannot be read, or `read` refuses it: setting and file stand before why.
    """
    text = _read(name, file)
    try:
        return read(text)
    except refusal as error:
        raise UsageError(f"{name}: {file}: {error}") from error


def curation_text(params: Params) -> str:
    """The file of decisions on topics; empty where no setting names one."""
    return _read("topics.curation", params.config.topics.curation)


def topic_curation(params: Params) -> Curation:
    """What a person has decided on topics.

    Raises:
        UsageError: the file cannot be read, or says something that is no decision.
    """
    from jobs.topics.curation import CurationError, curation

    return _said("topics.curation", params.config.topics.curation, curation, CurationError)


def thesaurus_text(params: Params) -> str:
    """The file of own terms; empty where no setting names one."""
    return _read("thesaurus", params.config.thesaurus)


def own_thesaurus(params: Params) -> Thesaurus:
    """The terms that a person has set, with their broader terms and aliases.

    Raises:
        UsageError: the file cannot be read, or is no thesaurus.
    """
    from jobs.terms.thesaurus import ThesaurusError, thesaurus

    return _said("thesaurus", params.config.thesaurus, thesaurus, ThesaurusError)


def groups_text(params: Params) -> str:
    """The file of groups of authors; empty where no setting names one."""
    return _read("trends.groups", params.config.trends.groups)


def author_groups(params: Params) -> Members:
    """The groups of authors that are slices of trends.

    Raises:
        UsageError: the file cannot be read, or a line of it names no group or author.
    """
    from jobs.trends.author_groups import GroupsError, author_groups

    return _said("trends.groups", params.config.trends.groups, author_groups, GroupsError)


def own_ror_list(params: Params) -> RorList:
    """Where the list of research organizations is, or that there is none.

    Raises:
        UsageError: the settings name a file that is none.
    """
    from storage.ror import ror_list

    return ror_list(params.config.institutions, home())


def ror_digest(params: Params) -> str:
    """The digest of the list; empty where there is none."""
    return own_ror_list(params).digest


def institutions_text(params: Params) -> str:
    """The file of decisions on institutions; empty where no setting names one."""
    return _read("institutions.decisions", params.config.institutions.decisions)


def institution_decisions(params: Params) -> InstitutionDecisions:
    """What people have decided on affiliations.

    Raises:
        UsageError: the file cannot be read, or says something that is no decision.
    """
    return decisions_of(params.config)


def decisions_of(config: Config) -> InstitutionDecisions:
    """As `institution_decisions`, for what is no run."""
    from jobs.people.institution_decisions import DecisionError, decisions

    file = config.institutions.decisions
    return _said("institutions.decisions", file, decisions, DecisionError)


def erased_text(params: Params) -> str:
    """The file of people whose data are erased; empty where no setting names one."""
    return _read("erased", params.config.erased)


def erased_people(params: Params) -> Erased:
    """The people whose data are erased.

    Raises:
        UsageError: the file cannot be read, or a line of it names nobody.
    """
    from jobs.people.erased import ErasedError, erased_people

    return _said("erased", params.config.erased, erased_people, ErasedError)


def decisions_text(params: Params) -> str:
    """The file of decisions on authors; empty where no setting names one."""
    return _read("authors.decisions", params.config.authors.decisions)


def author_decisions(params: Params) -> Decisions:
    """Who is one person, and who is two, as people have decided.

    Raises:
        UsageError: the file cannot be read, or a line or two together cannot be followed.
    """
    from jobs.people.decisions import DecisionError, decisions

    return _said("authors.decisions", params.config.authors.decisions, decisions, DecisionError)
