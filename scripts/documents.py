#!/usr/bin/env python3
"""Statements written by real word processors and PDF producers, read like the Markdown that they were made from.

Each Markdown file of fixtures/documents is made into DOCX and PDF by every producer that is installed; permaudit has to
find the same disclosures in all of them. Nothing is installed here: a producer that is missing is named and left out.

    scripts/documents.py --binary target/release/permaudit [--keep FOLDER] [--only NAME] [--require NAME...]
"""

import argparse
import html
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parent.parent
CHINESE_FONTS = [
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
]


class Missing(Exception):
    """A producer is not installed."""


def blocks(markdown):
    """The blocks of the plain Markdown that the fixtures keep to: headings, paragraphs, items, pipe tables."""
    found = []
    for line in markdown.splitlines():
        if heading := re.match(r"(#+) (.*)", line):
            found.append(("heading", len(heading[1]), heading[2]))
        elif line.startswith("- "):
            found.append(("item", line[2:]))
        elif line.startswith("|"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if set(line) <= set("|- "):
                continue
            if found[-1][0] != "table":
                found.append(("table", []))
            found[-1][1].append(cells)
        elif line.strip():
            found.append(("paragraph", line))
        else:
            found.append(("gap",))
    return [block for block in found if block[0] != "gap"]


def page(markdown, language):
    """The same as HTML, with a table a reader can see."""
    style = ("body{font-family:'Noto Sans CJK SC',sans-serif;font-size:11pt} table{border-collapse:collapse;width:100%}"
             "td,th{border:1px solid #444;padding:4px;text-align:left;vertical-align:top}")
    parts = [f"<!DOCTYPE html><html lang={language}><meta charset=utf-8><title>Statement</title><style>{style}</style>"]
    for kind, *rest in blocks(markdown):
        if kind == "heading":
            parts.append(f"<h{rest[0]}>{html.escape(rest[1])}</h{rest[0]}>")
        elif kind == "item":
            parts.append(f"<ul><li>{html.escape(rest[0])}</li></ul>")
        elif kind == "paragraph":
            parts.append(f"<p>{html.escape(rest[0])}</p>")
        else:
            head, *rows = rest[0]
            cells = "".join(f"<th>{html.escape(cell)}</th>" for cell in head)
            parts.append(f"<table border=1><thead><tr>{cells}</tr></thead><tbody>")
            parts += ["<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows]
            parts.append("</tbody></table>")
    return "".join(parts)


def program(*names):
    for name in names:
        if found := shutil.which(name):
            return found
    raise Missing(f"{names[0]} is not installed")


def module(name):
    try:
        return __import__(name, fromlist=["_"])
    except ImportError:
        raise Missing(f"the Python package {name} is not installed") from None


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, timeout=300)
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stderr[-400:]}")


def pandoc_docx(source, _, out):
    run(program("pandoc"), "-f", "gfm", source, "-o", out)


def office(source, folder, out, through):
    """LibreOffice writes its own OpenDocument text as DOCX or PDF."""
    soffice = program("soffice", "libreoffice")
    profile = f"-env:UserInstallation=file://{folder}/profile"
    middle = folder / f"{out.stem}-{out.suffix[1:]}.odt"
    if through == "html":
        start = folder / f"{middle.stem}.html"
        start.write_text(page(source.read_text(), "zh" if ".zh." in source.name else "en"))
        run(soffice, profile, "--headless", "--writer", "--convert-to", "odt", "--outdir", folder, start)
    else:
        run(program("pandoc"), "-f", "gfm", source, "-o", middle)
    run(soffice, profile, "--headless", "--convert-to", out.suffix[1:], "--outdir", folder, middle)
    (folder / f"{middle.stem}{out.suffix}").rename(out)


def office_tagged(source, folder, out):
    soffice = program("soffice", "libreoffice")
    start = folder / f"{out.stem}-tagged.html"
    start.write_text(page(source.read_text(), "zh" if ".zh." in source.name else "en"))
    profile = f"-env:UserInstallation=file://{folder}/profile"
    run(soffice, profile, "--headless", "--writer", "--convert-to", "odt", "--outdir", folder, start)
    tagged = 'pdf:writer_pdf_Export:{"UseTaggedPDF":{"type":"boolean","value":"true"}}'
    run(soffice, profile, "--headless", "--convert-to", tagged, "--outdir", folder, start.with_suffix(".odt"))
    start.with_suffix(".pdf").rename(out)


def office_docx(source, folder, out):
    office(source, folder, out, "pandoc")


def office_pdf(source, folder, out):
    office(source, folder, out, "pandoc")


def office_html_docx(source, folder, out):
    office(source, folder, out, "html")


def office_html_pdf(source, folder, out):
    office(source, folder, out, "html")


def python_docx(source, _, out):
    docx = module("docx")
    document = docx.Document()
    for kind, *rest in blocks(source.read_text()):
        if kind == "heading":
            document.add_heading(rest[1], rest[0])
        elif kind == "item":
            document.add_paragraph(rest[0], style="List Bullet")
        elif kind == "paragraph":
            document.add_paragraph(rest[0])
        else:
            table = document.add_table(0, len(rest[0][0]))
            table.style = "Table Grid"
            for texts in rest[0]:
                for cell, text in zip(table.add_row().cells, texts):
                    cell.text = text
    document.save(out)


def reportlab(source, font, out, style):
    module("reportlab")
    from reportlab.lib import colors
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.pdfbase import pdfmetrics
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table

    body = ParagraphStyle("body", fontName=font, fontSize=9, leading=12, wordWrap="CJK" if ".zh." in source.name else None)
    bold = "Helvetica-Bold" if font == "Helvetica" else font
    heads = {level: ParagraphStyle(f"h{level}", fontName=bold, fontSize=20 - 3 * level, leading=24, spaceBefore=8)
             for level in range(1, 5)}
    story = []
    for kind, *rest in blocks(source.read_text()):
        if kind == "heading":
            story.append(Paragraph(html.escape(rest[1]), heads[rest[0]]))
        elif kind == "item":
            story.append(Paragraph("• " + html.escape(rest[0]), body))
        elif kind == "paragraph":
            story.append(Paragraph(html.escape(rest[0]), body))
        else:
            rows = [[Paragraph(html.escape(cell), body) for cell in row] for row in rest[0]]
            story += [Spacer(1, 6), Table(rows, colWidths=[150, 130, 170], repeatRows=1, style=style(colors)), Spacer(1, 6)]
    assert pdfmetrics
    SimpleDocTemplate(str(out), pageCompression=1).build(story)


def reportlab_grid(source, _, out):
    font = chinese_font(source)
    reportlab(source, font, out, lambda colors: [("GRID", (0, 0), (-1, -1), 0.5, colors.black), ("VALIGN", (0, 0), (-1, -1), "TOP")])


def reportlab_plain(source, _, out):
    """A table without a single line."""
    font = chinese_font(source)
    reportlab(source, font, out, lambda colors: [("VALIGN", (0, 0), (-1, -1), "TOP")])


def chinese_font(source):
    if ".zh." not in source.name:
        return "Helvetica"
    module("reportlab")
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont

    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    return "STSong-Light"


def weasyprint(source, _, out):
    weasy = module("weasyprint")
    weasy.HTML(string=page(source.read_text(), "zh" if ".zh." in source.name else "en")).write_pdf(out)


def chromium(source, folder, out):
    start = folder / f"{source.stem}.chromium.html"
    start.write_text(page(source.read_text(), "zh" if ".zh." in source.name else "en"))
    run(program("chromium", "chromium-browser", "google-chrome"), "--headless", "--no-sandbox", "--disable-gpu",
        f"--user-data-dir={folder}/chromium", "--no-pdf-header-footer", f"--print-to-pdf={out}", f"file://{start}")


PRODUCERS = {
    "pandoc": (pandoc_docx, ".docx"),
    "libreoffice-docx": (office_docx, ".docx"),
    "libreoffice-html-docx": (office_html_docx, ".docx"),
    "python-docx": (python_docx, ".docx"),
    "libreoffice-plain-pdf": (office_pdf, ".pdf"),
    "libreoffice-html-pdf": (office_html_pdf, ".pdf"),
    "libreoffice-tagged": (office_tagged, ".pdf"),
    "reportlab-grid": (reportlab_grid, ".pdf"),
    "reportlab-plain": (reportlab_plain, ".pdf"),
    "weasyprint": (weasyprint, ".pdf"),
    "chromium": (chromium, ".pdf"),
}


# Tables without a line and without space between their rows: nobody can tell the rows apart, so a doubt is right, and
# only what is disclosed wrongly is wrong.
DOUBTFUL = {"libreoffice-plain-pdf": "statement-table-columns"}


def disclosures(binary, path):
    done = subprocess.run([binary, "statement", "--no-config", "--exit-zero", "--format", "json", path], capture_output=True,
                          text=True, check=False)
    if done.returncode not in (0, 3):
        raise RuntimeError(done.stderr)
    statement = json.loads(done.stdout)["statements"][0]

    def text(value):
        # Where a line is broken inside Chinese text there is no space, and in a narrow cell a name may be broken.
        return None if value is None else re.sub(r"\s+", "", value)

    rows = [(text(d["written"]), d["platforms"], d["form"], d["scope"], text(d.get("sdk")), d["resolution"],
             d["permissions"], text(d["description"]), text(d["purpose"])) for d in statement["disclosures"]]
    return rows, [f"{doubt['code']}: {doubt['message']}" for doubt in statement["doubts"]]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--binary", default=TOP / "target/release/permaudit")
    parser.add_argument("--keep", type=pathlib.Path, help="a folder for the documents")
    parser.add_argument("--only", help="the name of one producer")
    parser.add_argument("--require", nargs="*", default=[], help="producers that must not be missing")
    arguments = parser.parse_args()
    folder = pathlib.Path(arguments.keep or tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    folder = folder.resolve()
    wrong = read = 0
    for name, (produce, suffix) in PRODUCERS.items():
        if arguments.only not in (None, name):
            continue
        for source in sorted((TOP / "fixtures/documents").glob("*.md")):
            out = folder / f"{source.stem}.{name}{suffix}"
            try:
                if not out.exists():
                    produce(source, folder, out)
            except Missing as missing:
                print(f"left out: {name}: {missing}")
                wrong += name in arguments.require
                break
            expected, _ = disclosures(arguments.binary, source)
            found, doubts = disclosures(arguments.binary, out)
            read += 1
            if found == expected and not doubts:
                continue
            allowed = DOUBTFUL.get(name)
            names = {name for row in expected for name in row[6]}
            if allowed and any(doubt.startswith(allowed) for doubt in doubts) and all(names.issuperset(row[6]) for row in found):
                continue
            wrong += 1
            print(f"DIFFERENT: {out.name}: {len(found)} disclosures, {len(expected)} in {source.name}")
            for doubt in doubts:
                print(f"    doubt {doubt}")
            for row in expected:
                if row not in found:
                    print(f"    - {row}")
            for row in found:
                if row not in expected:
                    print(f"    + {row}")
    print(f"{read} documents read, {wrong} of them wrong")
    if arguments.keep is None:
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if wrong or not read else 0


if __name__ == "__main__":
    sys.exit(main())
