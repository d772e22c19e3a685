"""The vault keeps persons encrypted, masks them, logs every look, and forgets for good."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select
from tests.access.conftest import STAFF

from haochaping.access import contact, data_keys, masking, reveals
from haochaping.access.contact import Contact
from haochaping.access.persons import ERASED, Person
from haochaping.access.principals import Grant, Principal, Scope
from haochaping.access.reveals import Look, PurposeMissing
from haochaping.access.roles import Role
from haochaping.access.tables import reveal as reveal_table
from haochaping.access.tables import vault_key, vault_person
from haochaping.access.vault import PersonErased, Vault
from haochaping.crypto import Keyring, Unsealable, new_data_key
from haochaping.journal.tables import journal

WEST, EAST = "990106", "990108"
ZHANG = Person("1", "张三", "111", "990000199001010017", "13800001234")


@pytest.fixture
def vault(keyring):
    return Vault(keyring)


@pytest.fixture
def remember(store, vault, clock):
    def remember(person=ZHANG, region=WEST):
        with store.write() as conn:
            return vault.remember(conn, person, region, clock.now())

    return remember


@pytest.fixture
def look(store, vault, clock):
    def look(person_id, purpose="联系评价人核实情况"):
        with store.write() as conn:
            return vault.reveal(conn, Look(person_id, 7, purpose, 99), clock.now())

    return look


def count(store, table):
    with store.read() as conn:
        return conn.execute(select(func.count()).select_from(table)).scalar_one()


def events(store, kind):
    statement = select(journal.c.subject, journal.c.payload).where(journal.c.kind == kind)
    with store.read() as conn:
        return [tuple(row) for row in conn.execute(statement.order_by(journal.c.seq))]


def test_the_same_identity_number_is_the_same_person(store, remember):
    first = remember()
    again = remember(Person("1", "张三", "111", "990000 19900101 0017", "+86 138-0000-1234"))
    assert again == first
    assert count(store, vault_person) == count(store, vault_key) == 1


def test_another_number_or_another_region_is_another_person(remember):
    first = remember()
    assert remember(Person(name="张三", certificate_no="990000198506151232")) != first
    assert remember(region=EAST) != first


def test_people_without_a_number_are_not_taken_for_each_other(remember):
    caller = Person(name="李四", mobile="13900005678")
    assert remember(caller) != remember(caller)


def test_a_correction_of_a_person_without_a_number_changes_that_person(remember, look):
    first = remember(Person(name="李四", mobile="13900005678"))
    assert remember(Person(name="李肆", mobile="13900005678", person_id=first)) == first
    assert look(first).name == "李肆"


def test_a_number_that_comes_later_belongs_to_the_person_known_so_far(store, vault, remember):
    first = remember(Person(name="张三", mobile="13800001234"))
    later = Person(name="张三", certificate_no=ZHANG.certificate_no, person_id=first)
    assert remember(later) == first
    with store.read() as conn:
        assert vault.by_certificate(conn, ZHANG.certificate_no) == (first,)


def test_another_number_never_rewrites_the_person_known_so_far(remember, look):
    first = remember()
    other = Person(name="王五", certificate_no="990000198506151232", person_id=first)
    assert remember(other) != first
    assert look(first).name == "张三"


def test_an_empty_field_takes_nothing_away(remember, look):
    person_id = remember()
    remember(Person(certificate_no=ZHANG.certificate_no, mobile="13900005678"))
    person = look(person_id)
    assert (person.name, person.mobile) == ("张三", "13900005678")


def test_what_is_not_new_writes_nothing(store, remember):
    remember()
    remember()
    assert len(events(store, "person.remembered")) == 1
    assert events(store, "person.corrected") == []


def test_nothing_personal_lies_open_in_the_database(store, remember, look):
    look(remember())
    with store.read() as conn:
        tables = (vault_person, vault_key, reveal_table, journal)
        content = "".join(str(conn.execute(select(table)).all()) for table in tables)
    for secret in ("张三", "990000199001010017", "13800001234", "张三".encode().hex()):
        assert secret not in content


def test_a_person_in_memory_does_not_print_itself():
    assert repr(ZHANG) == "Person(type='1', certificate_type='111', person_id=None)"


def test_pages_show_a_person_masked(store, vault, remember):
    person_id = remember()
    with store.read() as conn:
        shown = vault.masked(conn, person_id)
    assert (shown.name, shown.mobile) == ("张*", "138****1234")
    assert shown.certificate_no == "99**************17"


def test_lists_show_many_persons_masked(store, vault, remember):
    first, second = remember(), remember(Person(name="李四光"))
    with store.read() as conn:
        shown = vault.all_masked(conn, [first, second, 1])
    assert {key: each.name for key, each in shown.items()} == {first: "张*", second: "李**"}


@pytest.mark.parametrize(
    ("mask", "text", "expected"),
    [
        (masking.name, "", ""),
        (masking.name, "张", "张"),
        (masking.name, "欧阳娜娜", "欧***"),
        (masking.name, "杭州某某科技有限公司", "杭州****公司"),
        (masking.name, "买买提·艾力", "买*****"),
        (masking.name, "John Smith", "J******"),
        (masking.mobile, "", ""),
        (masking.mobile, "13800001234", "138****1234"),
        (masking.mobile, "057188001234", "**********34"),
        (masking.mobile, "110", "***"),
        (masking.certificate, "", ""),
        (masking.certificate, "E1234567", "E1****67"),
        (masking.certificate, "E123456", "*******"),
    ],
)
def test_masks(mask, text, expected):
    assert mask(text) == expected


def test_a_look_is_written_down_before_anything_is_shown(store, remember, look, clock):
    person_id = remember()
    assert look(person_id, "  核实  差评情况 ").mobile == "13800001234"
    with store.read() as conn:
        (looked,) = reveals.latest(conn)
    assert looked.look == Look(person_id, 7, "核实 差评情况", 99)
    assert looked.at == clock.now()
    ((subject, payload),) = events(store, "person.revealed")
    assert subject == f"person:{person_id}"
    assert payload == f'{{"account_id":7,"case_id":99,"reveal":{looked.id}}}'


@pytest.mark.parametrize("purpose", ["", "   ", "查看", "用" * 201])
def test_a_look_needs_a_purpose(store, remember, look, purpose):
    person_id = remember()
    with pytest.raises(PurposeMissing):
        look(person_id, purpose)
    assert count(store, reveal_table) == 0


def test_looks_are_listed_page_by_page(store, remember, look):
    person_id = remember()
    for number in range(3):
        look(person_id, f"第{number}次核实")
    with store.read() as conn:
        newest = reveals.latest(conn, limit=2)
        rest = reveals.latest(conn, before=newest[-1].id)
    assert [each.look.purpose for each in (*newest, *rest)] == [
        "第2次核实",
        "第1次核实",
        "第0次核实",
    ]


def test_an_unknown_person_cannot_be_revealed(look):
    with pytest.raises(PersonErased):
        look(1)


def test_persons_are_found_by_number_mobile_and_keyed_hash(store, vault, keyring, remember):
    west, east = remember(), remember(region=EAST)
    with store.read() as conn:
        index = vault.index_of(conn, west)
        assert index == keyring.index("990000199001010017")
        assert set(vault.by_index(conn, index)) == {west, east}
        assert set(vault.by_certificate(conn, "990000 199001010017")) == {west, east}
        assert set(vault.by_mobile(conn, "138 0000 1234")) == {west, east}
        assert vault.by_mobile(conn, "") == vault.by_certificate(conn, " ") == ()


def test_a_letter_at_the_end_of_a_number_is_the_same_in_both_cases(store, vault, remember):
    person_id = remember(Person(certificate_no="99000019900101004X"))
    with store.read() as conn:
        assert vault.by_certificate(conn, "99000019900101004x") == (person_id,)


@pytest.fixture
def erase(store, vault, clock):
    def erase(person_id):
        with store.write() as conn:
            return vault.erase(conn, person_id, clock.now())

    return erase


def test_an_erased_person_is_gone(store, vault, remember, erase, look):
    person_id = remember()
    assert erase(person_id)
    assert not erase(person_id)
    with store.read() as conn:
        assert vault.masked(conn, person_id) == ERASED
        assert vault.by_certificate(conn, ZHANG.certificate_no) == ()
        assert vault.by_mobile(conn, ZHANG.mobile) == ()
        assert vault.index_of(conn, person_id) is None
    with pytest.raises(PersonErased):
        look(person_id)


def test_erasing_leaves_the_row_its_commitment_and_the_journal(store, remember, erase):
    person_id = remember()
    before = events(store, "person.remembered")
    erase(person_id)
    assert events(store, "person.remembered") == before
    assert events(store, "person.erased") == [(f"person:{person_id}", "{}")]
    assert count(store, vault_key) == 0
    with store.read() as conn:
        row = conn.execute(select(vault_person)).one()
    assert row.commitment in before[0][1]
    assert row.sealed == b""


def test_a_person_who_comes_again_after_being_erased_is_a_new_one(remember, erase):
    first = remember()
    erase(first)
    again = remember(Person(name="张三", certificate_no=ZHANG.certificate_no, person_id=first))
    assert again != first


def test_the_commitment_proves_the_record_and_changes_with_it(store, vault, remember):
    person_id = remember()
    remember(Person(certificate_no=ZHANG.certificate_no, mobile="13900005678"))
    ((_, first),) = events(store, "person.remembered")
    ((_, second),) = events(store, "person.corrected")
    with store.read() as conn:
        assert vault.proves(conn, person_id, second.split('"')[3])
        assert not vault.proves(conn, person_id, first.split('"')[3])
        assert not vault.proves(conn, 1, first)


def test_equal_records_have_different_commitments(store, remember):
    remember()
    remember(region=EAST)
    (_, first), (_, second) = events(store, "person.remembered")
    assert first != second


def test_a_sealed_record_moved_to_another_person_does_not_open(store, vault, remember):
    first, second = remember(), remember(Person(name="李四"))
    with store.write() as conn:
        row = conn.execute(select(vault_person).where(vault_person.c.id == first)).one()
        moved = {"sealed": row.sealed, "key_id": row.key_id}
        conn.execute(vault_person.update().where(vault_person.c.id == second).values(moved))
    with store.read() as conn, pytest.raises(Unsealable):
        vault.masked(conn, second)


def test_two_pushes_of_one_person_at_once_make_one_person(store, vault, clock):
    ids, ready = [], threading.Barrier(4)

    def push():
        ready.wait()
        with store.write() as conn:
            ids.append(vault.remember(conn, ZHANG, WEST, clock.now()))

    threads = [threading.Thread(target=push) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(ids)) == 1
    assert count(store, vault_key) == 1


def seal(store, vault, clock, person_id, text="等了两个小时"):
    with store.write() as conn:
        return vault.seal_text(conn, text.encode(), person_id, b"evaluation:1", clock.now())


def open_text(store, vault, sealed, key_id, context=b"evaluation:1"):
    with store.read() as conn:
        return vault.open_text(conn, sealed, key_id, context)


def test_words_are_sealed_under_their_persons_key_and_go_with_it(
    store, vault, clock, remember, erase
):
    person_id = remember()
    sealed, key_id = seal(store, vault, clock, person_id)
    assert count(store, vault_key) == 1
    assert open_text(store, vault, sealed, key_id).decode() == "等了两个小时"
    erase(person_id)
    assert open_text(store, vault, sealed, key_id) is None


@pytest.mark.parametrize("person_id", [None, 1])
def test_words_of_nobody_known_have_a_key_of_their_own(store, vault, clock, person_id):
    (first, first_key), (_, second_key) = (seal(store, vault, clock, person_id) for _ in "12")
    assert first_key != second_key
    assert open_text(store, vault, first, first_key).decode() == "等了两个小时"
    with store.write() as conn:
        assert vault.forget_text(conn, first_key)
        assert not vault.forget_text(conn, first_key)
    assert open_text(store, vault, first, first_key) is None


def test_forgetting_a_text_never_takes_a_person_along(store, vault, clock, remember):
    _, key_id = seal(store, vault, clock, remember())
    with store.write() as conn:
        assert not vault.forget_text(conn, key_id)
    assert count(store, vault_key) == 1


def test_words_of_an_erased_person_get_a_fresh_key(store, vault, clock, remember, erase):
    person_id = remember()
    erase(person_id)
    sealed, key_id = seal(store, vault, clock, person_id)
    assert open_text(store, vault, sealed, key_id) is not None


def test_words_open_only_where_they_stand(store, vault, clock):
    sealed, key_id = seal(store, vault, clock, None)
    with pytest.raises(Unsealable):
        open_text(store, vault, sealed, key_id, b"evaluation:2")


def test_after_a_rotation_all_keys_are_wrapped_anew(store, vault, clock, remember):
    person_id = remember()
    seal(store, vault, clock, None)
    rotated = Keyring({1: bytes(range(32)), 2: new_data_key()})
    last = 0
    with store.write() as conn:
        while (done := data_keys.rewrap(conn, rotated, last, 1)) is not None:
            last = done.last
        wrapped = conn.execute(select(vault_key.c.wrapped)).scalars().all()
        assert {bytes(each)[0] for each in wrapped} == {2}
        assert Vault(rotated).masked(conn, person_id).name == "张*"


def actor(*roles, staff_id=None):
    grants = tuple(Grant(Role(role)) for role in roles)
    member = (Grant(Role.STAFF_MEMBER, staff_id=staff_id),) if staff_id else ()
    return Principal(7, "李雷", grants + member)


@pytest.mark.parametrize(
    ("mode", "roles", "expected"),
    [
        ("relay", ["handler"], Contact.RELAY),
        ("relay", ["unit_liaison"], Contact.RELAY),
        ("relay", ["hotline_operator"], Contact.NONE),
        ("relay", ["supervisor"], Contact.NONE),
        ("third_party", ["hotline_operator"], Contact.REVEAL),
        ("third_party", ["handler"], Contact.NONE),
        ("third_party", ["unit_liaison"], Contact.NONE),
        ("liaison", ["unit_liaison"], Contact.REVEAL),
        ("liaison", ["handler"], Contact.RELAY),
        ("liaison", ["administrator"], Contact.NONE),
    ],
)
def test_the_profile_says_how_a_rater_is_contacted(mode, roles, expected):
    assert contact.permitted(mode, actor(*roles), Scope(), STAFF) is expected


@pytest.mark.parametrize("mode", ["relay", "third_party", "liaison"])
def test_the_rated_person_never_contacts_the_rater(mode):
    everything = actor("unit_liaison", "handler", "hotline_operator", staff_id=STAFF)
    assert contact.permitted(mode, everything, Scope(), STAFF) is Contact.NONE


def test_a_liaison_reveals_within_the_own_unit_only():
    liaison = Principal(7, "", (Grant(Role.UNIT_LIAISON, "", 1, organization_path="/1/"),))
    assert contact.permitted("liaison", liaison, Scope("", "/1/2/"), None) is Contact.REVEAL
    assert contact.permitted("liaison", liaison, Scope("", "/3/"), None) is Contact.NONE
