"""Whose complaint it is, after what a source says of the person."""

from __future__ import annotations

from feedbackloop.people.rules import Person, PersonInput, Register


def jan(**more: object) -> Person:
    return Person(**{"id": 1, "name": "Jan", "email": "jan@shop.example", "email_key": "jan@shop.example", **more})  # type: ignore[arg-type]


def test_a_known_address_leads_to_its_person_however_it_is_spelled() -> None:
    known = jan()
    assert Register([known]).place(None, PersonInput(email=" Jan@Shop.Example "), False) == (known, False)


def test_an_unknown_address_makes_a_person() -> None:
    register = Register([])
    found, changed = register.place(None, PersonInput(name="An", email="An@shop.example", locale="nl"), True)
    assert found is not None
    assert (found.id, found.name, found.email, found.email_key) == (None, "An", "An@shop.example", "an@shop.example")
    assert (found.locale, found.sample, changed) == ("nl", True, True)
    assert register.people == [found]


def test_two_records_of_one_batch_share_a_new_person() -> None:
    register = Register([])
    first, _ = register.place(None, PersonInput(email="an@shop.example"), False)
    second, _ = register.place(None, PersonInput(email="AN@shop.example", phone="0612345678"), False)
    assert first is second
    assert first is not None
    assert first.phone == "0612345678"


def test_nothing_to_know_makes_nobody() -> None:
    register = Register([])
    assert register.place(None, PersonInput(locale="nl"), False) == (None, False)
    assert register.place(None, PersonInput(name=None, email=None), False) == (None, False)
    assert register.people == []


def test_a_name_without_an_address_makes_a_person_of_this_complaint_alone() -> None:
    register = Register([])
    first, _ = register.place(None, PersonInput(name="Jan"), False)
    second, _ = register.place(None, PersonInput(name="Jan"), False)
    assert first is not None
    assert first is not second


def test_a_first_address_is_given_to_the_complaints_own_person() -> None:
    own = jan(email=None, email_key=None)
    found, changed = Register([own]).place(own, PersonInput(email="jan@home.example"), False)
    assert found is own
    assert changed
    assert own.email_key == "jan@home.example"
    assert own.name == "Jan"


def test_a_first_address_that_is_known_attaches_the_one_who_is_known() -> None:
    own, known = jan(id=2, email=None, email_key=None), jan()
    assert Register([own, known]).place(own, PersonInput(email="jan@shop.example"), False) == (known, False)


def test_who_gives_up_their_only_complaint_leaves_nothing_behind() -> None:
    for said in (PersonInput(email="jan@shop.example"), None):
        own, known = jan(id=2, email=None, email_key=None, phone="0612345678", locale="nl"), jan()
        Register([own, known]).place(own, said, False)
        assert (own.name, own.phone, own.locale, own.changed) == (None, None, None, True)
        assert known.name == "Jan"


def test_another_address_is_another_person_so_that_other_complaints_keep_theirs() -> None:
    known = jan()
    found, _ = Register([known]).place(known, PersonInput(email="jan@home.example"), False)
    assert found is not known
    assert known.email == "jan@shop.example"


def test_a_cleared_address_leaves_the_rest_to_the_complaint_and_the_person_alone() -> None:
    known = jan(phone="0612345678")
    found, _ = Register([known]).place(known, PersonInput(email=None), False)
    assert found is not None
    assert (found.name, found.email, found.phone) == ("Jan", None, "0612345678")
    assert known.email == "jan@shop.example"


def test_details_are_changed_where_they_are_given_and_cleared_where_null() -> None:
    known = jan(phone="0612345678", locale="nl")
    found, changed = Register([known]).place(known, PersonInput(phone=None, locale="en"), False)
    assert (found, changed) == (known, True)
    assert (known.name, known.phone, known.locale) == ("Jan", None, "en")


def test_the_same_details_change_nothing() -> None:
    known = jan()
    assert Register([known]).place(known, PersonInput(name="Jan", email="jan@shop.example"), False) == (known, False)
    assert not known.changed


def test_null_takes_the_person_from_the_complaint() -> None:
    assert Register([known := jan()]).place(known, None, False) == (None, False)


def test_an_erased_person_is_never_filled_again() -> None:
    erased = Person(id=1, erased=True)
    register = Register([erased])
    assert register.place(erased, PersonInput(name="Jan", email="jan@shop.example"), False) == (erased, False)
    assert register.place(erased, None, False) == (erased, False)
    assert (erased.name, erased.email, erased.changed) == (None, None, False)
    assert register.people == [erased]
