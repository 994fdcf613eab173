"""Who may include what: data goes one way through the house.

A room includes what stands before it, foreign headers stay in their rooms, and inside a folder includes have no cycle.
Prints TAP. The check is run on made-up mistakes first, so that a check that finds nothing is noticed.
"""
import os
import re
import sys

ROOMS = {
    "base": set(),
    "model": {"base"},
    "wire": {"base", "model"},
    "engine": {"base", "model"},
    "config": {"base", "model"},
    "store": {"base", "model"},
    "feishu": {"base", "model"},
    "varlink": {"base", "model"},
}
ROOMS["sync"] = {"base", "model", "wire", "engine", "config", "store", "feishu", "varlink"}
ROOMS["interface"] = ROOMS["sync"] | {"sync"}
ROOMS["daemon"] = ROOMS["interface"] | {"interface"}  # daemon/*.c
ROOMS["ctl"] = {"base"}

# Foreign header -> the rooms, or files, that may include it.
FOREIGN = {
    "uv.h": {"base", "feishu/http", "varlink", "store", "sync/hooks", "daemon"},
    "curl/": {"feishu/http"},
    "json-c/": {"feishu/codec", "wire", "varlink", "ctl"},
    "sqlite3.h": {"store"},
    "systemd/": {"daemon/notify", "base/log"},
    "libical/": {"model/schedule"},
}

INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]', re.M)


def place(path):
    """The room and the file's name without its ending: daemon/feishu/http.c -> ("feishu", "feishu/http")."""
    parts = path.split("/")
    stem = parts[-1].rsplit(".", 1)[0]
    if parts[0] == "ctl":
        return "ctl", "ctl/" + stem
    if len(parts) == 2:
        return "daemon", "daemon/" + stem
    return parts[1], parts[1] + "/" + stem


def foreign_mistake(path, header):
    room, stem = place(path)
    for foreign, allowed in FOREIGN.items():
        if header != foreign and not (foreign.endswith("/") and header.startswith(foreign)):
            continue
        if not any(room == name or stem == name or stem.startswith(name + "-") for name in allowed):
            return f"{path}: <{header}> belongs to {', '.join(sorted(allowed))}"
    return None


def own_mistake(path, header):
    room, _ = place(path)
    target = header.split("/")[0] if "/" in header else "daemon"
    if target == room:
        return None
    if room == "ctl" and "/" not in header:
        return None
    if target not in ROOMS:
        return f"{path}: \"{header}\" is in no room"
    if target not in ROOMS[room]:
        return f"{path}: {room} may not include {target} (\"{header}\")"
    return None


def cycles(includes):
    """Cycles among files that include each other (path -> set of paths)."""
    found, state = [], {}

    def visit(node, trail):
        if state.get(node) == "done":
            return
        if node in trail:
            found.append("include cycle: " + " -> ".join(trail[trail.index(node):] + [node]))
            return
        for target in sorted(includes.get(node, ())):
            visit(target, trail + [node])
        state[node] = "done"

    for node in sorted(includes):
        visit(node, [])
    return found


def check(files):
    """files: path -> text. Returns the mistakes."""
    mistakes, includes = [], {}
    for path, text in sorted(files.items()):
        for kind, header in INCLUDE.findall(text):
            mistake = foreign_mistake(path, header) if kind == "<" else own_mistake(path, header)
            if mistake:
                mistakes.append(mistake)
            if kind == '"' and path.endswith(".h"):
                ours = path.startswith("ctl/") and (header.startswith("ctl/") or header.split("/")[0] not in ROOMS)
                prefix = "ctl/" if ours else "daemon/"
                includes.setdefault(path, set()).add(prefix + header.removeprefix("ctl/"))
    return mistakes + cycles(includes)


MADE_UP = [
    ("daemon/base/x.c", '#include "model/model.h"\n', "base may not include model"),
    ("daemon/engine/x.c", '#include "store/store.h"\n', "engine may not include store"),
    ("daemon/sync/x.c", '#include "interface/interface.h"\n', "sync may not include interface"),
    ("daemon/engine/x.c", "#include <uv.h>\n", "<uv.h> belongs to"),
    ("daemon/config/x.c", "#include <json-c/json.h>\n", "<json-c/json.h> belongs to"),
    ("daemon/feishu/api.c", "#include <curl/curl.h>\n", "<curl/curl.h> belongs to"),
    ("ctl/x.c", '#include "model/model.h"\n', "ctl may not include model"),
    ("daemon/sync/x.c", '#include "nowhere/x.h"\n', "is in no room"),
]


def read_tree(source):
    files = {}
    for top in ("daemon", "ctl"):
        for folder, _, names in os.walk(os.path.join(source, top)):
            for name in names:
                if name.endswith((".c", ".h")):
                    path = os.path.join(folder, name)
                    with open(path, encoding="utf-8") as file:
                        files[os.path.relpath(path, source)] = file.read()
    return files


def main():
    results = []
    for path, text, expected in MADE_UP:
        mistakes = check({path: text})
        results.append((f"a made-up mistake is found: {expected}", any(expected in m for m in mistakes), mistakes))
    made_up_cycle = {"daemon/base/a.h": '#include "base/b.h"\n', "daemon/base/b.h": '#include "base/a.h"\n'}
    results.append(("a made-up cycle is found", any("cycle" in m for m in check(made_up_cycle)), []))
    made_up_cycle = {"ctl/a.h": '#include "ctl/b.h"\n', "ctl/b.h": '#include "a.h"\n'}
    results.append(("a made-up cycle of the client's is found", any("cycle" in m for m in check(made_up_cycle)), []))
    files = read_tree(os.environ.get("MEETINGD_SOURCE", "."))
    mistakes = check(files)
    results.append((f"the {len(files)} files include only what they may", len(files) > 40 and not mistakes, mistakes))
    print(f"1..{len(results)}")
    for number, (name, good, details) in enumerate(results, 1):
        print(f"{'ok' if good else 'not ok'} {number} - {name}")
        if not good:
            for detail in details:
                print(f"# {detail}")
    return 0 if all(good for _, good, _ in results) else 1


if __name__ == "__main__":
    sys.exit(main())
