"""What an admin may change of a role, what that takes along, and what the audit says of it."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from bot.people.audit import acts
from bot.people.forget import find_resident
from bot.people.invitations import open_invitations
from bot.people.invite import invite, take_invitation
from bot.people.model import (
    AlreadyTheirs,
    BadInvitation,
    Change,
    ChangedMeanwhile,
    LastAdmin,
    NoSuchPost,
    NotAdmin,
    NothingChanges,
    Post,
    Role,
)
from bot.people.staff import rights_of, staff_members
from bot.people.store import meet, resident
from bot.people.team import change, revoke
from bot.storage.database import open_database
from bot.storage.work import Desk, Work
from tests.kit.clock import Time


def joins(
    work: Work, name: str, role: Role, quartiers: Sequence[int] = (), unit: str = "", *, known_as: str = ""
) -> Post:
    """Somebody of the team; a second time, another role of theirs."""
    address = ("kit", known_as or name)
    who = find_resident(work, *address) or meet(work, [(*address, "fr")])[0].id
    made = invite(work, role=role, quartiers=quartiers, unit=unit, name=name)
    post = take_invitation(work, who, made.code).post
    assert post is not None
    return post


@pytest.fixture
def karim(desk: Desk) -> Post:
    """The admin."""
    with desk.work() as work:
        return joins(work, "Karim Benali", Role.ADMIN)


@pytest.fixture
def anne(desk: Desk, karim: Post) -> Post:
    with desk.work() as work:
        return joins(work, "Anne Martin", Role.CONSEILLER, (1, 2))


def last_detail(work: Work) -> tuple[int | None, str, str, Any]:
    one = acts(work, most=1)[0]
    return one.who, one.act, one.about, msgspec.json.decode(one.detail)


@pytest.mark.parametrize(
    ("wanted", "now"),
    [
        ({"role": Role.AGENT, "unit": " Voirie "}, (Role.AGENT, (), "Voirie")),
        ({"role": Role.MODERATOR}, (Role.MODERATOR, (), "")),
        ({"role": Role.ADMIN}, (Role.ADMIN, (), "")),
        ({"role": Role.CONSEILLER, "quartiers": [3, 2, 3]}, (Role.CONSEILLER, (2, 3), "")),
        ({"quartiers": [2]}, (Role.CONSEILLER, (2,), "")),
    ],
)
def test_a_role_becomes_another_with_what_that_one_needs(
    desk: Desk, karim: Post, anne: Post, wanted: dict[str, Any], now: tuple[Role, tuple[int, ...], str]
) -> None:
    with desk.work() as work:
        done = change(work, anne.id, by=karim.resident_id, **wanted)
        assert done.before == anne
        assert (done.after.role, done.after.quartiers, done.after.unit) == now
        assert rights_of(work, anne.resident_id).posts == (done.after,)
        assert (done.after.id, done.after.name, done.after.since) == (anne.id, anne.name, anne.since)


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ({"role": Role.AGENT}, "speaks for a service"),
        ({"role": Role.AGENT, "unit": "Voirie", "quartiers": [1]}, "Only a conseiller"),
        ({"role": Role.MODERATOR, "unit": "Voirie"}, "Only an agent"),
        ({"quartiers": []}, "at least one quartier"),
        ({"unit": "Voirie"}, "Only an agent"),
        ({"name": " "}, "must see a name"),
        ({"name": "x" * 81}, "80 characters"),
    ],
)
def test_a_change_that_makes_no_sense_changes_nothing(
    desk: Desk, anne: Post, wanted: dict[str, Any], sentence: str
) -> None:
    with desk.work() as work:
        noted = len(acts(work))
        with pytest.raises(BadInvitation, match=sentence):
            change(work, anne.id, **wanted)
        assert rights_of(work, anne.resident_id).posts == (anne,)
        assert len(acts(work)) == noted


def test_what_is_so_already_is_no_change(desk: Desk, anne: Post) -> None:
    with desk.work() as work:
        for wanted in ({"quartiers": [2, 1]}, {"role": Role.CONSEILLER}, {"name": " Anne  Martin "}):
            with pytest.raises(NothingChanges):
                change(work, anne.id, **wanted)


def test_nobody_has_the_same_role_twice(desk: Desk, anne: Post) -> None:
    with desk.work() as work:
        voirie = joins(work, "Anne Martin", Role.AGENT, unit="Voirie")
        with pytest.raises(AlreadyTheirs):
            change(work, voirie.id, role=Role.CONSEILLER, quartiers=[3])
        with pytest.raises(AlreadyTheirs):
            change(work, anne.id, role=Role.AGENT, unit="Voirie")
        culture = change(work, anne.id, role=Role.AGENT, unit="Culture").after  # one may speak for two services
        with pytest.raises(AlreadyTheirs):
            change(work, culture.id, unit="Voirie")
        assert rights_of(work, anne.resident_id).posts == (culture, voirie)


def test_a_name_is_that_of_all_the_roles_of_a_person_and_of_nobody_else(desk: Desk, karim: Post, anne: Post) -> None:
    with desk.work() as work:
        other = joins(work, "Anne Martin", Role.CONSEILLER, (3,), known_as="another Anne Martin")
        agent = joins(work, "Anne Martin", Role.AGENT, unit="Voirie")
        change(work, anne.id, name="Anne Duval", by=karim.resident_id)
        assert {post.name for post in rights_of(work, anne.resident_id).posts} == {"Anne Duval"}
        assert rights_of(work, other.resident_id).posts == (other,)
        for post in (anne, agent):
            assert [one.act for one in acts(work, about=str(post.id))] == ["staff.change", "staff.take"]


def test_the_audit_says_what_was_and_what_is_and_no_name(desk: Desk, karim: Post, anne: Post) -> None:
    with desk.work() as work:
        change(work, anne.id, role=Role.AGENT, unit="Voirie", by=karim.resident_id)
        assert last_detail(work) == (
            karim.resident_id,
            "staff.change",
            str(anne.id),
            {
                "before": {"role": "conseiller", "quartiers": [1, 2], "unit": ""},
                "after": {"role": "agent", "quartiers": [], "unit": "Voirie"},
            },
        )
        change(work, anne.id, unit="Culture")
        assert last_detail(work)[0::3] == (None, {"before": {"unit": "Voirie"}, "after": {"unit": "Culture"}})
        change(work, anne.id, name="Anne Duval")
        assert last_detail(work)[3] == {"name": {"changed": True}}
        assert not any("Anne" in one.detail for one in acts(work))


def test_the_last_admin_stays_an_admin_and_may_have_another_name(desk: Desk, karim: Post) -> None:
    with desk.work() as work:
        for by in (karim.resident_id, None):
            with pytest.raises(LastAdmin):
                change(work, karim.id, role=Role.MODERATOR, by=by)
        named = change(work, karim.id, name="Karim B.", by=karim.resident_id).after
        assert staff_members(work) == [named]
        joins(work, "Nour Haddad", Role.ADMIN)
        change(work, karim.id, role=Role.MODERATOR, by=karim.resident_id)
        assert not rights_of(work, karim.resident_id).is_admin
        with pytest.raises(NotAdmin):
            change(work, karim.id, role=Role.ADMIN, by=karim.resident_id)


def test_what_an_admin_invited_to_ends_when_they_become_something_else(desk: Desk, karim: Post, anne: Post) -> None:
    with desk.work() as work:
        admin = change(work, anne.id, role=Role.ADMIN).after
        made = invite(work, role=Role.ADMIN, by=admin.resident_id)
        change(work, admin.id, name="Anne Duval")
        assert len(open_invitations(work)) == 1
        change(work, admin.id, role=Role.MODERATOR, by=karim.resident_id)
        assert open_invitations(work) == []
        (friend,) = meet(work, [("kit", "friend", "fr")])
        assert take_invitation(work, friend.id, made.code, "Un Ami").post is None


def test_whoever_is_changed_still_works_for_the_town(desk: Desk, anne: Post) -> None:
    with desk.work() as work:
        change(work, anne.id, role=Role.MODERATOR)
        assert work.connection.scalar(select(resident.c.staff).where(resident.c.id == anne.resident_id))


def test_what_somebody_else_did_meanwhile_is_not_undone_unawares(desk: Desk, anne: Post) -> None:
    with desk.work() as work:
        now = change(work, anne.id, quartiers=[2]).after
        with pytest.raises(ChangedMeanwhile):
            change(work, anne.id, quartiers=[1, 2, 3], seen=anne)
        assert rights_of(work, anne.resident_id).posts == (now,)
        assert change(work, anne.id, quartiers=[1, 2, 3], seen=now).after.quartiers == (1, 2, 3)
        revoke(work, anne.id)
        with pytest.raises(NoSuchPost):
            change(work, anne.id, quartiers=[1], seen=anne)


def at_once(desk: Desk, database: str, time: Time, first: Any, second: Any) -> BaseException | None:
    """`first` is not yet committed when `second` begins in another process; gives what that one raised."""
    other = Desk(open_database(database), time.now)

    def in_another_process() -> object:
        with other.work() as work:
            return second(work)

    with ThreadPoolExecutor() as threads:
        with desk.work() as work:
            first(work)
            late = threads.submit(in_another_process)
        raised = late.exception(20)
    other.close()
    return raised


def test_two_admins_cannot_lower_each_other_at_once(
    desk: Desk, database: str, time: Time, karim: Post, anne: Post
) -> None:
    with desk.work() as work:
        hers = change(work, anne.id, role=Role.ADMIN).after
        joins(work, "Nour Haddad", Role.ADMIN)  # so that neither is the last

    def lowers(whom: Post, by: Post) -> Any:
        return lambda work: change(work, whom.id, role=Role.MODERATOR, by=by.resident_id)

    assert isinstance(at_once(desk, database, time, lowers(karim, hers), lowers(hers, karim)), NotAdmin)
    with desk.reading() as work:
        assert [post.role for post in staff_members(work)] == [Role.MODERATOR, Role.ADMIN, Role.ADMIN]


@pytest.mark.parametrize("first", ["changed", "revoked"])
def test_of_two_changes_at_once_the_second_sees_the_first(
    desk: Desk, database: str, time: Time, karim: Post, anne: Post, first: str
) -> None:
    def begins(work: Work) -> Change | Post:
        if first == "revoked":
            return revoke(work, anne.id, by=karim.resident_id)
        return change(work, anne.id, role=Role.AGENT, unit="Voirie", by=karim.resident_id)

    raised = at_once(desk, database, time, begins, lambda work: change(work, anne.id, quartiers=[3], seen=anne))
    assert isinstance(raised, NoSuchPost if first == "revoked" else ChangedMeanwhile)
    with desk.reading() as work:
        left = rights_of(work, anne.resident_id).posts
    assert [(post.role, post.quartiers) for post in left] == ([] if first == "revoked" else [(Role.AGENT, ())])
