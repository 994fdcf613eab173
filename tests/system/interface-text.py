"""The interface definitions: the parser that the tests use, and the texts that the daemon hands out."""
import ast
import os
import re
import sys

sys.path.insert(0, os.path.join(os.environ.get("MEETINGD_SOURCE", "."), "tests/lib"))
from meeting_house import SOURCE, expect, expect_equal, main  # noqa: E402
from varlink_idl import (SERVICE, Mismatch, ParseError, check_answer, check_call, check_error, check_reply,  # noqa: E402
                         parse)

SAMPLE = """# What it is.
# In two lines.
interface org.example-1.a2

# Not about Thing.

# A thing.
type Thing (name: string, state: (on, off),
  parts: ?[]Thing, # behind
  # before
  by_name: [string]?int)
type Colour (red, green)
method Get(name: ?string, any: object) -> (thing: Thing, share: float, big: bool)
method Nothing() -> ()
error Wrong (colour: Colour, tags: [string]())
error Empty()
"""


def a_good_text_is_understood():
    interface = parse(SAMPLE)
    expect_equal(interface.name, "org.example-1.a2")
    expect_equal(list(interface.types), ["Thing", "Colour"])
    expect_equal(list(interface.methods), ["Get", "Nothing"])
    expect_equal(list(interface.errors), ["Wrong", "Empty"])
    thing = interface.types["Thing"]
    expect_equal((thing.kind, list(thing.fields)), ("struct", ["name", "state", "parts", "by_name"]))
    expect_equal((thing.fields["state"].kind, thing.fields["state"].names), ("enum", ["on", "off"]))
    parts = thing.fields["parts"]
    expect_equal((parts.kind, parts.element.kind, parts.element.element.name), ("nullable", "array", "Thing"))
    by_name = thing.fields["by_name"]
    expect_equal((by_name.kind, by_name.element.kind, by_name.element.element.kind), ("map", "nullable", "int"))
    expect_equal(interface.types["Colour"].names, ["red", "green"])
    expect_equal(interface.methods["Nothing"].reply.fields, {})
    expect_equal(interface.errors["Wrong"].fields["tags"].element.kind, "struct")
    expect_equal(interface.comments["org.example-1.a2"], "What it is.\nIn two lines.")
    expect_equal(interface.comments["Thing"], "A thing.")
    expect_equal(interface.comments["Colour"], "")


# Text -> what the error must say. A line without its own interface is a member of one.
BAD = [
    ("", "line 1, column 1"),
    ("interface meetingd\n", "line 1, column 11: 'meetingd' is no name of an interface"),
    ("interface io.-x\n", "is no name of an interface"),
    ("interface io..x\n", "is no name of an interface"),
    ("interface io.x_y\n", "is no name of an interface"),
    ("interface 1o.x\n", "is no name of an interface"),
    ("interface io.x method A() -> ()\n", "where a new line belongs"),
    ("method A() -> ()\ninterface io.x\n", "where 'interface' belongs"),
    ("type A (b: int) type B (b: int)", "line 2, column 17"),
    ("type a (b: int)", "'a' is no name of a type"),
    ("type A_b (b: int)", "'A_b' is no name of a type"),
    ("type A", "'the end', where '(' belongs"),
    ("type A (b: int", "'the end', where ',' or ')' belongs"),
    ("type A (b: int,)", "')' is no name of a field"),
    ("type A (b int)", "'int', where"),
    ("type A (_b: int)", "is no name of a field"),
    ("type A (b_: int)", "is no name of a field"),
    ("type A (b__c: int)", "is no name of a field"),
    ("type A (1b: int)", "is no name of a field"),
    ("type A (b-c: int)", "is no name of a field"),
    ("type A (b: int, b: int)", "there are two 'b'"),
    ("type A (b, b)", "there are two 'b'"),
    ("type A (b: int, c)", "where ':' belongs"),
    ("type A (b, c: int)", "where ',' or ')' belongs"),
    ("type A (b: integer)", "'integer' is no type"),
    ("type A (b: ??int)", "'?' stands twice"),
    ("type A (b: [int]string)", "has no place here"),
    ("type A (b: [string])", "')' is no type"),
    ("type A (b: )", "')' is no type"),
    ("type A (b: B)", "there is no type 'B'"),
    ("type A (b: A)", "must hold itself"),
    ("type A (b: B)\ntype B (a: (c: A))", "must hold itself"),
    ("type A (b: int)\nerror A (b: int)", "line 3, column 7: there are two 'A'"),
    ("method A()", "where '->' belongs"),
    ("method A(b, c) -> ()", "where ':' belongs"),
    ("method A() -> int", "'int', where '(' belongs"),
    ("method A() -> (b)", "where ':' belongs"),
    ("error A", "where '(' belongs"),
    ("error A (b)", "where ':' belongs"),
    ("enum A (b, c)", "'enum', where 'type', 'method' or 'error' belongs"),
    ("type A (b: int);", "';' has no place here"),
    ("type \u00c4 (b: int)", "has no place here"),
]


def bad_texts_are_refused_at_their_place():
    for text, wanted in BAD:
        whole = text if not text or "interface" in text else "interface io.x\n" + text
        try:
            parse(whole)
        except ParseError as error:
            expect(wanted in str(error), f"{text!r}: {error}, where {wanted!r} was expected")
        else:
            expect(False, f"{text!r} was taken")


def texts_with_odd_layout_are_taken():
    for text in ("interface io.x", "interface io.x\r\ntype A (b: int)\r\n", "\n\n# c\n\ninterface io.x # d\n# e",
                 "interface io.x\nmethod A\n(\nb\n:\n?\nint\n)\n->\n(\n)\n", "interface io.x\nmethod A()->()",
                 "interface io.x\ntype A(a:?[][string][]?A)", "interface xn--c.x--y.0\n"):
        parse(text)


THING = {"name": "a", "state": "on", "by_name": {"x": 1, "y": None}}

GOOD_REPLIES = [
    ("Get", {"thing": THING, "share": 0.5, "big": True}),
    ("org.example-1.a2.Get", {"thing": {**THING, "parts": [], "by_name": {}}, "share": 1, "big": False}),
    ("Get", {"thing": {**THING, "parts": [THING, {**THING, "parts": None}]}, "share": -1e9, "big": False}),
    ("Nothing", {}),
    ("Nothing", None),
]

BAD_REPLIES = [
    ("Get", None, "thing: null or absent"),
    ("Get", [], "is no object"),
    ("Get", {"share": 1, "big": True}, "thing: null or absent"),
    ("Get", {"thing": None, "share": 1, "big": True}, "thing: null or absent"),
    ("Get", {"thing": THING, "share": 1, "big": True, "more": None}, "'more', which the definition does not name"),
    ("Get", {"thing": {**THING, "colour": 1}, "share": 1, "big": True}, "thing: has a field 'colour'"),
    ("Get", {"thing": {**THING, "name": 1}, "share": 1, "big": True}, "thing.name: 1 is no string"),
    ("Get", {"thing": {**THING, "state": "dim"}, "share": 1, "big": True}, "thing.state: 'dim' is none of on, off"),
    ("Get", {"thing": {**THING, "state": 0}, "share": 1, "big": True}, "thing.state: 0 is none of"),
    ("Get", {"thing": {**THING, "parts": {}}, "share": 1, "big": True}, "thing.parts: {} is no array"),
    ("Get", {"thing": {**THING, "parts": [THING, None]}, "share": 1, "big": True}, "thing.parts[1]: null"),
    ("Get", {"thing": {**THING, "parts": [{**THING, "state": ""}]}, "share": 1, "big": True}, "thing.parts[0].state: ''"),
    ("Get", {"thing": {**THING, "by_name": []}, "share": 1, "big": True}, "thing.by_name: [] is no object"),
    ("Get", {"thing": {**THING, "by_name": {"x": "1"}}, "share": 1, "big": True}, "thing.by_name['x']: '1' is no int"),
    ("Get", {"thing": {**THING, "by_name": {"x": True}}, "share": 1, "big": True}, "True is no int"),
    ("Get", {"thing": {**THING, "by_name": {"x": 1.0}}, "share": 1, "big": True}, "1.0 is no int"),
    ("Get", {"thing": {**THING, "by_name": {"x": 2**63}}, "share": 1, "big": True}, "does not fit into 64 bits"),
    ("Get", {"thing": THING, "share": "1", "big": True}, "share: '1' is no float"),
    ("Get", {"thing": THING, "share": float("nan"), "big": True}, "share: nan is no float"),
    ("Get", {"thing": THING, "share": True, "big": True}, "share: True is no float"),
    ("Get", {"thing": THING, "share": 1, "big": 1}, "big: 1 is no bool"),
    ("Nothing", {"x": 1}, "the parameters: has a field 'x'"),
    ("Getting", {}, "has no method 'Getting'"),
    ("io.x.Get", {}, "is not of org.example-1.a2"),
]


def expect_mismatch(wanted, check, *arguments):
    try:
        check(*arguments)
    except Mismatch as mismatch:
        expect(wanted in str(mismatch), f"{arguments[1:]}: {mismatch}, where {wanted!r} was expected")
    else:
        expect(False, f"{arguments[1:]} was taken")


def replies_are_held_to_their_definition():
    interface = parse(SAMPLE)
    for method, parameters in GOOD_REPLIES:
        check_reply(interface, method, parameters)
    for method, parameters, wanted in BAD_REPLIES:
        expect_mismatch(wanted, check_reply, interface, method, parameters)


def calls_and_errors_are_held_to_their_definition():
    interface = parse(SAMPLE)
    check_call(interface, "Get", {"any": {"x": [1]}, "name": None})
    check_call(interface, "Nothing", None)
    expect_mismatch("any: null or absent", check_call, interface, "Get", {"name": "x"})
    expect_mismatch("any: [] is no object", check_call, interface, "Get", {"any": []})
    expect_mismatch("has no method", check_call, interface, "Wrong", {})
    check_error(interface, "org.example-1.a2.Wrong", {"colour": "red", "tags": {"a": {}}})
    check_error(interface, "Empty", None)
    expect_mismatch("colour: 'blue'", check_error, interface, "Wrong", {"colour": "blue", "tags": {}})
    expect_mismatch("tags['a']: has a field", check_error, interface, "Wrong", {"colour": "red", "tags": {"a": {"b": 1}}})
    expect_mismatch("tags: null", check_error, interface, "Wrong", {"colour": "red"})
    expect_mismatch("has no error", check_error, interface, "Right", {})
    expect_mismatch("has no error", check_error, interface, "Get", {})


def whole_answers_are_held_to_their_definition():
    interfaces = [parse(SAMPLE), SERVICE]
    method = "org.example-1.a2.Nothing"
    for message in ({}, {"parameters": {}}, {"parameters": {}, "continues": True}, {"parameters": {}, "error": None},
                    {"error": "org.example-1.a2.Empty"},
                    {"error": "org.varlink.service.InvalidParameter", "parameters": {"parameter": "x"}}):
        check_answer(interfaces, method, message)
    for message, wanted in (([], "is no message"), ({"parameter": {}}, "has no 'parameter'"),
                            ({"continues": 1}, "is no bool"), ({"parameters": {"x": 1}}, "has a field 'x'"),
                            ({"error": "org.example-1.a2.Empty", "continues": True}, "cannot continue"),
                            ({"error": "Empty"}, "of none of the interfaces"),
                            ({"error": "io.x.Empty"}, "of none of the interfaces"),
                            ({"error": "org.varlink.service.PermissionDenied", "parameters": {"x": 1}}, "has a field"),
                            ({"error": "org.varlink.service.InvalidParameter"}, "parameter: null or absent")):
        expect_mismatch(wanted, check_answer, interfaces, method, message)
    expect_mismatch("of none of the interfaces", check_answer, interfaces, "io.x.Nothing", {})


def read(name):
    with open(os.path.join(SOURCE, name), encoding="utf-8") as file:
        return file.read()


def our_interface_is_well_formed():
    interface = parse(read("daemon/interface/io.meetingd.varlink"))
    expect_equal(interface.name, "io.meetingd")
    for name in ("GetStatus", "ListReservations", "GetReservation", "ListMeetings", "GetMeeting", "Monitor", "Reserve",
                 "UpdateReservation", "DeleteReservation", "FetchReservation", "FetchActiveMeeting"):
        expect(name in interface.methods, f"there is no method {name}")
    for name in ("NotFound", "Overrun", "Uncertain", "FeishuError", "Unavailable"):
        expect(name in interface.errors, f"there is no error {name}")
    for name in (interface.name, *interface.methods, *interface.errors):
        expect(interface.comments[name], f"{name} has no comment, which is all the documentation that a client sees")


def the_services_own_interface_is_that_of_varlink_org():
    source = read("daemon/varlink/service.c")
    literals = re.search(r"description\[\] =\s*((?:\"(?:[^\"\\]|\\.)*\"\s*)+);", source)
    expect(literals, "service.c has no description")
    interface = parse(ast.literal_eval("(" + literals.group(1) + ")"))
    interface.comments = SERVICE.comments
    expect_equal(interface, SERVICE)


main([
    a_good_text_is_understood,
    bad_texts_are_refused_at_their_place,
    texts_with_odd_layout_are_taken,
    replies_are_held_to_their_definition,
    calls_and_errors_are_held_to_their_definition,
    whole_answers_are_held_to_their_definition,
    our_interface_is_well_formed,
    the_services_own_interface_is_that_of_varlink_org,
])
