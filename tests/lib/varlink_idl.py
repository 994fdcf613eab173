"""Varlink interface definitions: a parser, and a check that what was answered is what was promised.

    interface = parse(text)                       # ParseError with line and column where the text breaks the grammar
    check_reply(interface, "GetStatus", reply["parameters"])
    check_error(interface, "io.meetingd.NotFound", reply["parameters"])
    check_answer([interface, SERVICE], "io.meetingd.GetStatus", reply)     # a whole message; picks the right one

The checks raise Mismatch, whose text names the place (`reservations[3].problem.at`) and what is wrong with it. They
are exact: every field is named in the definition, a field that is not nullable is there and not null, each value has
its type, an enum's value is one of its names. An int is a whole number of 64 bits, and a bool is no int; a float may
be written without a point; an object may hold anything. Null and absent are the same for a nullable field.

A client that checks all it receives needs one line after it has read a message. `method` is the call that the message
answers; with `more` the same check holds for each of its answers:

    message = json.loads(text)
    check_answer(INTERFACES, method, message)

The grammar is that of varlink.org ("Interface Definition"): the interface's name first, then types, methods and
errors, each beginning on a line of its own, in any order; `#` begins a comment, and comments directly before a
member document it. Beyond the grammar parse() refuses what no client could make sense of: two members or fields of
one name, a type that is not defined, and a type that holds itself without a way to end.
"""
import math
import re
from dataclasses import dataclass, field

INTERFACE_NAME = re.compile(r"[A-Za-z](-*[A-Za-z0-9])*(\.[A-Za-z0-9](-*[A-Za-z0-9])*)+")
MEMBER_NAME = re.compile(r"[A-Z][A-Za-z0-9]*")
FIELD_NAME = re.compile(r"[A-Za-z](_?[A-Za-z0-9])*")
TOKEN = re.compile(r"(?P<newline>\n)|(?P<blank>[ \t\r]+)|#(?P<comment>[^\n]*)"
                   r"|(?P<sign>->|\[string\]|\[\]|[(),:?])|(?P<word>[A-Za-z0-9_.-]+?(?=->|[^A-Za-z0-9_.-]|$))")
BUILTIN = ("bool", "int", "float", "string", "object")


class ParseError(Exception):
    """The text is no interface definition."""


class Mismatch(Exception):
    """A message is not what its definition says."""


@dataclass
class Type:
    """kind: one of BUILTIN, or array, map (of `element`), nullable (`element` or null), struct (`fields`), enum (`names`),
    or named (`name`)."""
    kind: str
    element: "Type" = None
    fields: dict = None
    names: list = None
    name: str = None


@dataclass
class Method:
    parameters: Type
    reply: Type


@dataclass
class Interface:
    name: str
    types: dict = field(default_factory=dict)    # name -> Type
    methods: dict = field(default_factory=dict)  # name -> Method
    errors: dict = field(default_factory=dict)   # name -> Type, a struct
    comments: dict = field(default_factory=dict)  # member's name, or the interface's -> its comment


class Parser:
    def __init__(self, text):
        self.text = text
        self.tokens = self.split()
        self.at = 0
        self.named = []  # (name, offset) of every use of a named type

    def fail(self, offset, message):
        line = self.text.count("\n", 0, offset) + 1
        column = offset - self.text.rfind("\n", 0, offset)
        raise ParseError(f"line {line}, column {column}: {message}")

    def split(self):
        """(kind, text, offset), without blanks, with an `end` at the end."""
        tokens, offset = [], 0
        while offset < len(self.text):
            match = TOKEN.match(self.text, offset)
            if not match:
                self.fail(offset, f"{self.text[offset]!r} has no place here")
            if match.lastgroup != "blank":
                tokens.append((match.lastgroup, match.group(match.lastgroup), offset))
            offset = match.end()
        return [*tokens, ("end", "the end", offset)]

    def peek(self):
        return self.tokens[self.at]

    def take(self):
        token = self.tokens[self.at]
        if token[0] != "end":
            self.at += 1
        return token

    def skip_lines(self):
        while self.peek()[0] in ("newline", "comment"):
            self.take()

    def expect(self, *wanted):
        """The next sign or word, which may stand on a later line."""
        self.skip_lines()
        kind, text, offset = self.take()
        if kind == "end" or text not in wanted:
            self.fail(offset, f"{text!r}, where {' or '.join(repr(w) for w in wanted)} belongs")
        return text

    def name(self, pattern, what):
        self.skip_lines()
        kind, text, offset = self.take()
        if kind != "word" or not pattern.fullmatch(text):
            self.fail(offset, f"{text!r} is no name of {what}")
        return text, offset

    def comments(self):
        """Skips to the next member; returns the comment that ends right before it."""
        lines, newlines = [], 0
        while self.peek()[0] in ("newline", "comment"):
            kind, text, _ = self.take()
            if kind == "comment":
                lines.append(text.removeprefix(" ").rstrip())
                newlines = 0
            else:
                newlines += 1
                if newlines > 1:
                    lines = []
        return "\n".join(lines)

    def type(self):
        self.skip_lines()
        kind, text, offset = self.peek()
        if text == "?" and kind == "sign":
            self.take()
            if self.peek()[1] == "?":
                self.fail(self.peek()[2], "'?' stands twice")
            return Type("nullable", element=self.type())
        if kind == "sign" and text in ("[]", "[string]"):
            self.take()
            return Type("array" if text == "[]" else "map", element=self.type())
        if kind == "sign" and text == "(":
            return self.struct_or_enum()
        if kind == "word" and text in BUILTIN:
            self.take()
            return Type(text)
        if kind == "word" and MEMBER_NAME.fullmatch(text):
            self.take()
            self.named.append((text, offset))
            return Type("named", name=text)
        return self.fail(offset, f"{text!r} is no type")

    def struct_or_enum(self, only_struct=False):
        self.expect("(")
        self.skip_lines()
        if self.peek()[1] == ")":
            self.take()
            return Type("struct", fields={})
        fields, names = {}, []
        while True:
            name, offset = self.name(FIELD_NAME, "a field")
            if name in fields or name in names:
                self.fail(offset, f"there are two {name!r}")
            self.skip_lines()
            sign = self.expect(":") if fields or only_struct else self.expect(",", ")") if names else \
                self.expect(":", ",", ")")
            if sign == ":":
                fields[name] = self.type()
                sign = self.expect(",", ")")
            else:
                names.append(name)
            if sign == ")":
                return Type("struct", fields=fields) if fields else Type("enum", names=names)

    def end_of_line(self):
        kind, text, offset = self.peek()
        if kind not in ("newline", "comment", "end"):
            self.fail(offset, f"{text!r}, where a new line belongs")

    def member(self, interface, comment):
        _, keyword, offset = self.take()
        if keyword not in ("type", "method", "error"):
            self.fail(offset, f"{keyword!r}, where 'type', 'method' or 'error' belongs")
        name, offset = self.name(MEMBER_NAME, f"a {keyword}")
        if name in {*interface.types, *interface.methods, *interface.errors}:
            self.fail(offset, f"there are two {name!r}")
        if keyword == "type":
            interface.types[name] = self.struct_or_enum()
        elif keyword == "error":
            interface.errors[name] = self.struct_or_enum(only_struct=True)
        else:
            parameters = self.struct_or_enum(only_struct=True)
            self.expect("->")
            interface.methods[name] = Method(parameters, self.struct_or_enum(only_struct=True))
        interface.comments[name] = comment
        self.end_of_line()

    def interface(self):
        comment = self.comments()
        self.expect("interface")
        name, _ = self.name(INTERFACE_NAME, "an interface")
        interface = Interface(name)
        interface.comments[name] = comment
        self.end_of_line()
        while True:
            comment = self.comments()
            if self.peek()[0] == "end":
                break
            self.member(interface, comment)
        for used, offset in self.named:
            if used not in interface.types:
                self.fail(offset, f"there is no type {used!r}")
        for type_name in interface.types:
            self.check_finite(interface, type_name, ())
        return interface

    def check_finite(self, interface, name, above):
        """A value of a type that must hold another of the same type would have no end."""
        if name in above:
            raise ParseError(f"the type {name!r} must hold itself")
        waiting = [interface.types[name]]
        while waiting:
            inner = waiting.pop()
            if inner.kind == "named":
                self.check_finite(interface, inner.name, (*above, name))
            elif inner.kind == "struct":
                waiting.extend(inner.fields.values())


def parse(text):
    """The Interface that a text defines; ParseError."""
    return Parser(text).interface()


def check_value(interface, wanted, value, place):
    """Raises Mismatch where `value` is not of the type `wanted`; `place` says where it is."""
    def wrong(what):
        raise Mismatch(f"{place or 'the parameters'}: {what}")

    if wanted.kind == "nullable":
        if value is not None:
            check_value(interface, wanted.element, value, place)
        return
    if value is None:
        wrong("null or absent, and it may not be")
    if wanted.kind == "named":
        check_value(interface, interface.types[wanted.name], value, place)
    elif wanted.kind == "struct":
        if not isinstance(value, dict):
            wrong(f"{value!r} is no object")
        for name in value:
            if name not in wanted.fields:
                wrong(f"has a field {name!r}, which the definition does not name")
        for name, inner in wanted.fields.items():
            check_value(interface, inner, value.get(name), f"{place}.{name}".lstrip("."))
    elif wanted.kind == "enum":
        if value not in wanted.names:
            wrong(f"{value!r} is none of {', '.join(wanted.names)}")
    elif wanted.kind == "array":
        if not isinstance(value, list):
            wrong(f"{value!r} is no array")
        for index, item in enumerate(value):
            check_value(interface, wanted.element, item, f"{place}[{index}]")
    elif wanted.kind == "map":
        if not isinstance(value, dict):
            wrong(f"{value!r} is no object")
        for key, item in value.items():
            check_value(interface, wanted.element, item, f"{place}[{key!r}]")
    elif wanted.kind == "int":
        if not isinstance(value, int) or isinstance(value, bool):
            wrong(f"{value!r} is no int")
        if not -2**63 <= value < 2**63:
            wrong(f"{value!r} does not fit into 64 bits")
    elif wanted.kind == "float":
        if not isinstance(value, (int, float)) or isinstance(value, bool) or not math.isfinite(value):
            wrong(f"{value!r} is no float")
    elif not isinstance(value, {"bool": bool, "string": str, "object": dict}[wanted.kind]):
        wrong(f"{value!r} is no {wanted.kind}")


def member_name(interface, name):
    """`io.x.Name` or `Name` -> `Name`; Mismatch for another interface's."""
    prefix, dot, last = name.rpartition(".")
    if dot and prefix != interface.name:
        raise Mismatch(f"{name!r} is not of {interface.name}")
    return last


def check_call(interface, method, parameters):
    """Whether the parameters of a call are what the method takes."""
    found = interface.methods.get(member_name(interface, method))
    if found is None:
        raise Mismatch(f"{interface.name} has no method {method!r}")
    check_value(interface, found.parameters, parameters or {}, "")


def check_reply(interface, method, parameters):
    """Whether the parameters of a reply (one of many, too) are what the method promises."""
    found = interface.methods.get(member_name(interface, method))
    if found is None:
        raise Mismatch(f"{interface.name} has no method {method!r}")
    check_value(interface, found.reply, {} if parameters is None else parameters, "")


def check_error(interface, error, parameters):
    """Whether an error is one of the interface's and its parameters are what it declares."""
    found = interface.errors.get(member_name(interface, error))
    if found is None:
        raise Mismatch(f"{interface.name} has no error {error!r}")
    check_value(interface, found, {} if parameters is None else parameters, "")


def find_interface(interfaces, name):
    prefix = name.rpartition(".")[0]
    for interface in interfaces:
        if interface.name == prefix:
            return interface
    raise Mismatch(f"{name!r} is of none of the interfaces {', '.join(i.name for i in interfaces)}")


def check_answer(interfaces, method, message):
    """Whether a whole message is an answer to a call of `method` (with its interface's name): the right members, and in
    them a reply of the method's, or an error of any of the interfaces (give SERVICE, whose errors every service has)."""
    if not isinstance(message, dict):
        raise Mismatch(f"{message!r} is no message")
    for name in message:
        if name not in ("parameters", "continues", "error"):
            raise Mismatch(f"a message has no {name!r}")
    if not isinstance(message.get("continues", False), bool):
        raise Mismatch(f"continues: {message['continues']!r} is no bool")
    if message.get("error") is None:
        check_reply(find_interface(interfaces, method), method, message.get("parameters"))
        return
    if message.get("continues"):
        raise Mismatch("an error is the last answer, and cannot continue")
    check_error(find_interface(interfaces, message["error"]), message["error"], message.get("parameters"))


# What varlink.org defines for every service.
SERVICE = parse("""
interface org.varlink.service
method GetInfo() -> (vendor: string, product: string, version: string, url: string, interfaces: []string)
method GetInterfaceDescription(interface: string) -> (description: string)
error InterfaceNotFound (interface: string)
error MethodNotFound (method: string)
error MethodNotImplemented (method: string)
error InvalidParameter (parameter: string)
error PermissionDenied ()
error ExpectedMore ()
""")
