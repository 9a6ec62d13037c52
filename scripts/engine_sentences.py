"""Which English sentences the engines can say: read from their source, for translators and for recognising them.

The engines know nothing of languages. They say finished English sentences, and those are stored as they were said;
the hub recognises a sentence by its template and says it in the reader's language. This collects the templates: each
string with words in it, f-strings with a named slot for each value, cut at full stops. Beside them the words of the
catalogue. Run by `make messages`, which writes them to `hub/core/engine_sentences.py`.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

from penstock.engines import knowledge

ROOT = Path(__file__).resolve().parent.parent
ENGINES = ROOT / "src" / "penstock" / "engines"
TARGET = ROOT / "src" / "penstock" / "hub" / "core" / "engine_sentences.py"

# What says nothing to buyers, makers or operators: messages between programs, the checks that tests use, and engines
# of the command line alone. A folder ends in a slash.
SILENT = (
    "dispatch/assignment/",
    "dispatch/makespan/",
    "dispatch/postponement/",
    "dispatch/simulation/",
    "dispatch/verify.py",
    "dispatch/state.py",
    "dispatch/plan_file.py",
    "geometry/worker.py",
    "geometry/wire.py",
    "geometry/sandbox.py",
    "geometry/threads.py",
    "geometry/render.py",
)
SPEAKING = ("geometry", "pricing", "dispatch")
# Names of XML elements, and what only a programmer can come to see.
NOT_SAID = re.compile(r"\{[A-Z]+\} \w+|NX or Creo|SolidWorks or other OLE|only called for able seats|margin\[.*")
SILENT_KEYWORDS = {"rule_version"}
LABELLED = {"Cost": 1, "CostItem": 1, "_machined": 2}  # which argument may be said although it is a single word

# A slot called reason holds a whole sentence.
SENTENCE_END = re.compile(r"(?<=[.!?]) (?=[A-Z{])|(?<=\{reason\}) (?=[A-Z])")
SLOT = re.compile(r"\{(\w+)\}")
WORDS = re.compile(r"[A-Za-z]{2,},? [a-z]{1,}")
# Units are written alike in every language.
WORD = re.compile(r"\b(?!(?:mm|cm|kg|km|min|MB|cm3|cm2)\b)[A-Za-z]{2,}")


def templates() -> list[str]:
    """Every sentence of the engines, sorted."""
    found: set[str] = set()
    for engine in SPEAKING:
        for path in sorted((ENGINES / engine).rglob("*.py")):
            if not path.relative_to(ENGINES).as_posix().startswith(SILENT):
                found |= set(_sentences(ast.parse(path.read_text())))
    return sorted(found)


def catalogue() -> list[str]:
    """Names and descriptions of the catalogue as people read them, sorted."""
    known = knowledge.default()
    found: set[str] = set()
    for process in known.processes.values():
        found |= {process.name, process.trade_name, process.good_for, process.not_for}
    for finish in known.finishes.values():
        found |= {finish.name, finish.effect}
    found |= {material.name for material in known.materials.values()}
    found |= {limit.message for limit in known.all_limits}
    return sorted(each for each in found if WORD.search(each))


def module() -> str:
    """The text of the generated module."""
    return "\n".join(
        [
            '"""What the engines say and what the catalogue calls things, as templates for translators.',
            "",
            "Written by `make messages` from the engines' source and data; edits are lost.",
            '"""',
            "",
            "from django.utils.translation import gettext_noop",
            "",
            "# fmt: off",
            "# ruff: noqa: E501",
            "SENTENCES: tuple[str, ...] = (",
            *(f"    gettext_noop({_quoted(each)})," for each in templates()),
            ")",
            "",
            "CATALOGUE: tuple[str, ...] = (",
            *(f"    gettext_noop({_quoted(each)})," for each in catalogue()),
            ")",
            "",
        ]
    )


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _sentences(tree: ast.AST) -> Iterator[str]:
    for node, label in _strings(tree):
        for text in _variants(node) or ():
            for sentence in SENTENCE_END.split(text):
                sentence = _numbered(sentence.strip())
                if _is_said(sentence, label=label):
                    yield sentence


def _is_said(sentence: str, *, label: bool) -> bool:
    if NOT_SAID.fullmatch(sentence):
        return False
    literal = SLOT.sub(" ", sentence)
    if label:
        return bool(WORD.search(literal))
    return bool(WORD.search(literal) if literal != sentence else WORDS.search(literal))


def _strings(node: ast.AST) -> Iterator[tuple[ast.expr, bool]]:
    """The outermost string expressions below `node` that can reach a person, and whether each is a label."""
    for child in ast.iter_child_nodes(node):
        if _is_silent(child):
            continue
        if isinstance(child, ast.Call) and isinstance(child.func, ast.Name) and child.func.id in LABELLED:
            yield child.args[LABELLED[child.func.id]], True
        if isinstance(child, ast.JoinedStr | ast.Constant | ast.BinOp) and _variants(child):
            yield child, False
        else:
            yield from _strings(child)


def _is_silent(node: ast.AST) -> bool:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True  # a docstring
    if isinstance(node, ast.keyword):
        return node.arg in SILENT_KEYWORDS
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        return _name(node.exc.func).endswith("Error")
    return isinstance(node, ast.Call) and ast.unparse(node.func).startswith(("log.", "re.", "regex."))


def _variants(node: ast.expr) -> list[str]:
    """The texts an expression can have, with a slot for each value; none when it is no text."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=values):
            return ["".join(each) for each in itertools.product(*map(_variants, values))]
        case ast.FormattedValue(value=ast.IfExp() as choice) if _variants(choice):
            return _variants(choice)
        case ast.FormattedValue(value=ast.Call(func=ast.Name(id="_count"), args=[number, noun])):
            slot = "{" + _name(number) + "}"
            return [f"{slot} {word}{end}" for word in _variants(noun) for end in ("", "s")]
        case ast.FormattedValue(value=value):
            return ["{" + _name(value) + "}"]
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            return ["".join(each) for each in itertools.product(_variants(left), _variants(right))]
        case ast.IfExp(body=body, orelse=other):
            return [*_variants(body), *_variants(other)] if _variants(body) and _variants(other) else []
    return []


def _name(node: ast.AST) -> str:
    """A word for what an expression is about: `part.size_mm` is a size_mm, `_sides(room)` a room."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.strip("_")
        case ast.Call(func=ast.Attribute(value=ast.Constant()), args=[each]):
            return _name(each)
        case ast.Call(func=ast.Attribute(value=value, attr="lower" | "upper" | "group")):
            return _name(value)
        case ast.Call(args=[first, *_]):
            return _name(first)
        case ast.Subscript(value=value, slice=ast.Constant(value=str(key))):
            return key if key.isidentifier() else _name(value)
        case ast.Subscript(value=value):
            return _name(value)
        case ast.BinOp(left=left):
            return _name(left)
        case ast.GeneratorExp(generators=[each, *_]):
            return _name(each.iter)
    return "value"


def _numbered(template: str) -> str:
    """With a number behind a slot's name that was there before."""
    seen: dict[str, int] = {}

    def renamed(slot: re.Match[str]) -> str:
        name = slot[1]
        seen[name] = seen.get(name, 0) + 1
        return "{" + name + (str(seen[name]) if seen[name] > 1 else "") + "}"

    return SLOT.sub(renamed, template)


if __name__ == "__main__":
    TARGET.write_text(module())
