"""Many random edits through the studio's interface, without a browser: its memory must not grow.

A short run belongs to the tests; `pytest tests/browser/test_soak.py --edits 10000` is the long one.
"""

import json
import random

GROWTH = 1.05  # of the memory after the first half, when all engines are loaded and all buffers have their size
PIXELS = 640, 480


def resident(process):
    """The bytes of memory that a process occupies."""
    with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
        return next(1024 * int(line.split()[1]) for line in status if line.startswith("VmRSS:"))


def random_edit(document, chance):
    """Commands of one step, or a preview, such as somebody sends who never rests: [commands, transient]."""
    x, y = chance.uniform(0, PIXELS[0]), chance.uniform(0, PIXELS[1])
    color = f"#{chance.randrange(1 << 24):06x}"
    hints = document["hints"]
    kind = chance.choice(["add", "add", "move", "set", "remove", "undo", "redo", "preview", "adjust"])
    if kind == "undo" and document["can_undo"] or kind == "redo" and document["can_redo"]:
        return [{"do": kind}], False
    if kind == "adjust":
        return [{"do": "adjust", "saturation": chance.uniform(0.5, 1.5)}], False
    if not hints or (kind == "add" and len(hints) < 40):
        return [{"do": "add_hint", "id": f"h{chance.randrange(1 << 40)}", "x": x, "y": y, "color": color}], False
    hint = chance.choice(hints)["id"]
    if kind == "remove":
        return [{"do": "remove_hint", "id": hint}], False
    if kind == "set":
        return [{"do": "set_hint", "id": hint, "color": color}], False
    return [{"do": "move_hint", "id": hint, "x": x, "y": y}], kind == "preview"


def test_memory_does_not_grow_with_the_number_of_edits(start_server, picture, pytestconfig):
    server = start_server(picture)
    path = f"pictures/{server.pictures[0]['id']}"
    chance = random.Random(1)
    edits = pytestconfig.getoption("edits")
    document = server.get(path)
    warm = 0
    for number in range(1, edits + 1):
        commands, transient = random_edit(document, chance)
        body = {"client": "soak", "number": number, "commands": commands, "transient": transient}
        document = json.loads(server.request("POST", path + "/commands", json.dumps(body).encode()))
        if number % 10 == 0 and not document["transient"]:  # a preview is never rendered at best quality
            server.view(160, 120)
        if number % 50 == 0:
            server.get(f"{path}/suggestions?x={chance.uniform(0, 640)}&y={chance.uniform(0, 480)}")
        if number == edits // 2:
            warm = resident(server.process)
    assert resident(server.process) <= GROWTH * warm
