"""Who works for the town: invited with a code, given a role, changed, revoked."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.people.audit import acts
from bot.people.forget import forget
from bot.people.invite import ALPHABET, SPENT_KEPT, forget_invitations, invite, take_invitation, without_codes
from bot.people.model import BadInvitation, Hitch, LastAdmin, NoSuchPost, NotAdmin, Person, Post, Rights, Role, Taken
from bot.people.staff import invitation, rights_of, staff, staff_members
from bot.people.store import meet, person_at
from bot.people.team import change, revoke, revoke_all
from bot.storage.database import open_database
from bot.storage.work import Desk, Work
from tests.kit.clock import Time


@pytest.fixture
def anne(desk: Desk) -> Person:
    return newcomer(desk, "anne")


@pytest.fixture
def karim(desk: Desk) -> Person:
    return newcomer(desk, "karim")


def newcomer(desk: Desk, name: str) -> Person:
    with desk.work() as work:
        return meet(work, [("kit", name, "fr")])[0]


def joins(
    work: Work, who: Person, role: Role, quartiers: tuple[int, ...] = (), unit: str = "", name: str = "Anne Martin"
) -> Taken:
    return take_invitation(work, who.id, invite(work, role=role, quartiers=quartiers, unit=unit, name=name).code)


def is_staff(work: Work, who: Person) -> bool:
    found = person_at(work, who.address)
    assert found is not None
    return found.staff


def test_a_code_gives_a_role_once(desk: Desk, anne: Person, karim: Person) -> None:
    with desk.work() as work:
        made = invite(work, role=Role.CONSEILLER, quartiers=[2, 1, 2], name=" Anne  Martin ")
        assert not is_staff(work, anne)
        post = take_invitation(work, anne.id, made.code).post
        assert post is not None
        assert (post.role, post.name, post.quartiers) == (Role.CONSEILLER, "Anne Martin", (1, 2))
        assert is_staff(work, anne)
        assert take_invitation(work, karim.id, made.code) == Taken(why=Hitch.USED)
        assert not is_staff(work, karim)
        assert [one.resident_id for one in staff_members(work)] == [anne.id]


def test_a_code_is_long_and_only_its_hash_is_kept(desk: Desk) -> None:
    with desk.work() as work:
        codes = {invite(work, role=Role.ADMIN).code for _one in range(50)}
        rows = "\n".join(str(tuple(row)) for row in work.connection.execute(select(invitation)))
    assert len(codes) == 50
    for code in codes:
        assert re.fullmatch(rf"(?:[{ALPHABET}]{{4}}-){{3}}[{ALPHABET}]{{4}}", code)
        assert re.fullmatch(r"[\w-]{1,62}", code)  # with its prefix, what a deep link may carry
        assert code not in rows
        assert code.replace("-", "") not in rows


@pytest.mark.parametrize("typed", [str.lower, lambda code: code.replace("-", " "), lambda code: f" {code}\u2011."])
def test_a_code_is_read_however_it_is_typed(desk: Desk, anne: Person, typed: object) -> None:
    assert callable(typed)
    with desk.work() as work:
        code = invite(work, role=Role.MODERATOR, name="Anne Martin").code
        assert take_invitation(work, anne.id, typed(code)).post is not None


def test_a_code_is_good_for_two_days(desk: Desk, time: Time, anne: Person) -> None:
    with desk.work() as work:
        first, second = (invite(work, role=Role.ADMIN, name="Anne Martin").code for _one in range(2))
    time.advance(timedelta(hours=47, minutes=59))
    with desk.work() as work:
        assert take_invitation(work, anne.id, first).post is not None
    time.advance(timedelta(minutes=1))
    with desk.work() as work:
        assert take_invitation(work, anne.id, second) == Taken(why=Hitch.EXPIRED)


def test_after_five_wrong_codes_in_an_hour_even_the_right_one_waits(
    desk: Desk, time: Time, anne: Person, karim: Person
) -> None:
    with desk.work() as work:
        code = invite(work, role=Role.ADMIN, name="Anne Martin").code
        for at in range(5):
            assert take_invitation(work, anne.id, f"AAAA-{at}").why is Hitch.UNKNOWN
        noted = len(acts(work))
        for wrong in (code, "AAAA", ""):
            assert take_invitation(work, anne.id, wrong).why is Hitch.TOO_MANY
        assert len(acts(work)) == noted  # whoever goes on fills no table
        assert take_invitation(work, karim.id, "AAAA").why is Hitch.UNKNOWN  # the others are not concerned
    time.advance(timedelta(hours=1))
    with desk.work() as work:
        assert take_invitation(work, anne.id, code).post is not None


def test_without_a_name_whoever_takes_it_says_theirs(desk: Desk, anne: Person) -> None:
    with desk.work() as work:
        code = invite(work, role=Role.AGENT, unit="Voirie").code
        assert take_invitation(work, anne.id, code) == Taken(why=Hitch.UNNAMED)
        assert not is_staff(work, anne)
        post = take_invitation(work, anne.id, code, "Anne Martin").post
        assert post is not None
        assert (post.name, post.unit) == ("Anne Martin", "Voirie")
        second = take_invitation(work, anne.id, invite(work, role=Role.MODERATOR).code).post
        assert second is not None
        assert second.name == "Anne Martin"  # theirs already


def test_a_second_invitation_for_the_same_role_adds_its_quartiers(desk: Desk, anne: Person) -> None:
    with desk.work() as work:
        first = joins(work, anne, Role.CONSEILLER, (1,)).post
        second = joins(work, anne, Role.CONSEILLER, (2,)).post
        joins(work, anne, Role.AGENT, unit="Voirie")
        joins(work, anne, Role.AGENT, unit="Culture")
        assert first and second
        assert (second.id, second.quartiers) == (first.id, (1, 2))
        held = rights_of(work, anne.id)
        assert [(post.role, post.unit) for post in held.posts] == [
            (Role.CONSEILLER, ""),
            (Role.AGENT, "Voirie"),
            (Role.AGENT, "Culture"),
        ]


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"role": Role.CONSEILLER}, "at least one quartier"),
        ({"role": Role.ADMIN, "quartiers": [1]}, "Only a conseiller"),
        ({"role": Role.AGENT}, "speaks for a service"),
        ({"role": Role.MODERATOR, "unit": "Voirie"}, "Only an agent"),
        ({"role": Role.ADMIN, "name": "x" * 81}, "80 characters"),
    ],
)
def test_a_role_that_makes_no_sense_is_not_given(desk: Desk, asked: dict[str, object], sentence: str) -> None:
    with desk.work() as work:
        with pytest.raises(BadInvitation, match=sentence):
            invite(work, **asked)  # type: ignore[arg-type]
        assert work.connection.execute(select(invitation)).all() == []


def test_somebody_is_staff_exactly_while_they_have_a_role(desk: Desk, anne: Person, karim: Person) -> None:
    with desk.work() as work:
        joins(work, karim, Role.ADMIN)
        posts = [joins(work, anne, Role.CONSEILLER, (1,)).post, joins(work, anne, Role.MODERATOR).post]
        for post, still in zip(posts, (True, False), strict=True):
            assert post is not None
            revoke(work, post.id, by=karim.id)
            assert is_staff(work, anne) is still
        assert rights_of(work, anne.id).posts == ()
        assert is_staff(work, karim)
        assert joins(work, anne, Role.MODERATOR).post is not None  # who comes back starts anew
        assert is_staff(work, anne)


def test_all_the_roles_of_somebody_can_be_taken_at_once(desk: Desk, anne: Person, karim: Person) -> None:
    with desk.work() as work:
        joins(work, anne, Role.ADMIN)
        joins(work, anne, Role.MODERATOR)
        with pytest.raises(LastAdmin):
            revoke_all(work, anne.id, by=anne.id)
        assert len(rights_of(work, anne.id).posts) == 2  # nothing is half done
        joins(work, karim, Role.ADMIN)
        assert len(revoke_all(work, anne.id, by=anne.id)) == 2
        assert not is_staff(work, anne)


def test_the_last_admin_stays(desk: Desk, anne: Person, karim: Person) -> None:
    with desk.work() as work:
        first = joins(work, anne, Role.ADMIN).post
        assert first is not None
        for by in (anne.id, None):
            with pytest.raises(LastAdmin):
                revoke(work, first.id, by=by)
        joins(work, karim, Role.ADMIN)
        revoke(work, first.id, by=anne.id)
        assert [post.resident_id for post in staff_members(work)] == [karim.id]


def test_two_admins_cannot_revoke_each_other_at_once(
    desk: Desk, database: str, time: Time, anne: Person, karim: Person
) -> None:
    with desk.work() as work:
        posts = [joins(work, who, Role.ADMIN).post for who in (anne, karim)]
    hers, his = [post for post in posts if post]
    other = Desk(open_database(database), time.now)

    def in_another_process() -> Post:
        with other.work() as work:
            return revoke(work, hers.id, by=karim.id)

    with ThreadPoolExecutor() as threads:
        with desk.work() as work:
            revoke(work, his.id, by=anne.id)
            late = threads.submit(in_another_process)
        assert isinstance(late.exception(20), LastAdmin | NotAdmin)
    other.close()
    with desk.reading() as work:
        assert staff_members(work) == [hers]


def test_only_an_admin_changes_the_team(desk: Desk, anne: Person, karim: Person) -> None:
    with desk.work() as work:
        joins(work, karim, Role.MODERATOR)
        post = joins(work, anne, Role.CONSEILLER, (1,)).post
        assert post is not None
        for deed in (
            lambda: invite(work, role=Role.ADMIN, by=karim.id),
            lambda: change(work, post.id, quartiers=[2], by=karim.id),
            lambda: revoke(work, post.id, by=karim.id),
            lambda: revoke_all(work, anne.id, by=karim.id),
        ):
            with pytest.raises(NotAdmin):
                deed()
        assert rights_of(work, anne.id).posts == (post,)


def test_the_quartiers_of_a_conseiller_can_be_changed(desk: Desk, anne: Person, karim: Person) -> None:
    with desk.work() as work:
        admin = joins(work, karim, Role.ADMIN).post
        post = joins(work, anne, Role.CONSEILLER, (1,)).post
        assert admin and post
        assert change(work, post.id, quartiers=[2], by=karim.id).after.quartiers == (2,)
        assert rights_of(work, anne.id).quartiers == {2}
        for number, quartiers in ((post.id, []), (admin.id, [1])):
            with pytest.raises(BadInvitation):
                change(work, number, quartiers=quartiers, by=karim.id)
        revoke(work, post.id, by=karim.id)
        with pytest.raises(NoSuchPost):
            change(work, post.id, quartiers=[1], by=karim.id)
        with pytest.raises(NoSuchPost):
            revoke(work, post.id, by=karim.id)


@pytest.mark.parametrize(
    ("role", "theirs", "another", "town", "approves"),
    [
        (Role.CONSEILLER, True, False, False, True),
        (Role.AGENT, True, True, True, False),
        (Role.MODERATOR, True, True, True, True),
        (Role.ADMIN, True, True, True, True),
    ],
)
def test_what_each_role_may_write_to_and_approve(
    desk: Desk, anne: Person, role: Role, theirs: bool, another: bool, town: bool, approves: bool
) -> None:
    with desk.work() as work:
        assert not rights_of(work, anne.id).may_write_to([1])
        joins(work, anne, role, (1,) if role is Role.CONSEILLER else (), "Voirie" if role is Role.AGENT else "")
        rights = rights_of(work, anne.id)
    assert [rights.may_write_to(to) for to in ([1], [1, 2], [])] == [theirs, another, town]
    assert rights.may_approve([1]) is approves
    assert not Rights().may_approve([])


def test_every_act_says_who_what_and_when_and_no_name(desk: Desk, time: Time, anne: Person, karim: Person) -> None:
    with desk.work() as work:
        joins(work, karim, Role.ADMIN, name="Karim Benali")
        post = joins(work, anne, Role.CONSEILLER, (1,)).post
        assert post is not None
        change(work, post.id, quartiers=[2], by=karim.id)
        revoke(work, post.id, by=karim.id)
        noted = acts(work)
        about = [one.act for one in acts(work, about=str(post.id))]
    assert [(one.who, one.act) for one in reversed(noted)] == [
        (None, "staff.invite"),
        (karim.id, "staff.take"),
        (None, "staff.invite"),
        (anne.id, "staff.take"),
        (karim.id, "staff.change"),
        (karim.id, "staff.revoke"),
    ]
    assert about == ["staff.revoke", "staff.change", "staff.take"]
    assert {one.at for one in noted} == {time.now()}
    assert not any("Anne" in one.detail or "Karim" in one.detail for one in noted)


def test_who_is_erased_works_for_the_town_no_more_and_what_they_did_stays(desk: Desk, anne: Person) -> None:
    with desk.work() as work:
        joins(work, anne, Role.ADMIN)
        forget(work, anne.id)
        assert staff_members(work) == []
        assert work.connection.execute(select(staff)).all() == []
        assert [(one.who, one.act) for one in acts(work)] == [
            (None, "staff.left"),
            (anne.id, "staff.take"),
            (None, "staff.invite"),
        ]
        left = "\n".join(str(tuple(row)) for row in work.connection.execute(select(invitation)))
    assert "Anne" not in left


def test_spent_invitations_are_forgotten_after_a_month(desk: Desk, time: Time, anne: Person) -> None:
    with desk.work() as work:
        joins(work, anne, Role.ADMIN)
        invite(work, role=Role.ADMIN, name="Nobody came")
    time.advance(SPENT_KEPT)
    with desk.work() as work:
        assert forget_invitations(work) == 0
    time.advance(timedelta(minutes=1))
    with desk.work() as work:
        assert forget_invitations(work) == 1  # the one that was used
    time.advance(timedelta(hours=48))
    with desk.work() as work:
        assert forget_invitations(work) == 1


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("/equipe 7K3F-9QXM-2BTR-HWNP", "/equipe ••••"),
        ("/equipe 7k3f 9qxm 2btr hwnp", "/equipe ••••"),
        ("/equipe 7k3f9qx.m2btrhwnp ", "/equipe ••••"),
        ("/start e_7K3F-9QXM-2BTR-HWNP", "/start e_••••"),
        ("7K3F9QXM2BTRHWNP", "••••"),
        ("Ou tapez dans Parvis : /equipe 7K3F–9QXM–2BTR–HWNP", "Ou tapez dans Parvis : /equipe ••••"),
        ("https://t.me/parvis_bot?start=e_7K3F-9QXM-2BTR-HWNP merci", "https://t.me/parvis_bot?start=e_•••• merci"),
        ("/equipe 7K3F", "/equipe 7K3F"),
        ("Il y a un trou devant le 12, rue de la Forge.", "Il y a un trou devant le 12, rue de la Forge."),
        ("/suivi BB-7K3F", "/suivi BB-7K3F"),
    ],
)
def test_what_was_typed_is_kept_without_the_code_of_an_invitation(typed: str, kept: str) -> None:
    assert without_codes(typed) == kept
