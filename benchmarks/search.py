"""goals.md `search`: products found by their description in another shop's words, NDCG@10; fusion beside its peers.

Pairs in the format of er_magellan ("COL name VAL text ..." on both sides of a tab, then 0 or 1) become retrieval: each
left record with a match asks, every right record of the three files may answer. A query belongs to the part in which
its match lies (the last of train, valid, test). It is asked twice: with all its text, and as a shopper types it, with
the three words of its title that are rarest among the right records. Fusion learns on train with three seeds, is held
against its fallback on valid, and answers test; all contenders read the same texts. `DATA=<folder with train, valid and
test.txt.gz>` measures another table.
"""

import gzip
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from benchmarks.report import Machine, Row, bench_data, command_line, data_path, write
from merx_models.text_encoder import TextEncoder
from merx_models.words.analysis import analyse
from merx_models.words.bm25 import top
from merx_models.words.documents import Document
from merx_models.words.features import COLUMNS
from merx_models.words.fusion import Fusion, JudgedQuery
from merx_models.words.hybrid import Candidates, HybridSearch
from merx_models.words.queries import Query

TABLES = ("Textual_Abt-Buy", "Structured_DBLP-ACM")
PARTS = ("train", "valid", "test")
SEEDS = (0, 1, 2)
RESAMPLES = 1_000
CLOSED = 0.3
"""Share of what the better peer leaves to 1 that fusion is to close."""
_FIELD = re.compile(r"COL (\S+) VAL (.*?)(?= COL \S+ VAL |$)")
Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Asked:
    text: str
    wanted: frozenset[int]
    short: bool


@dataclass(frozen=True)
class Table:
    name: str
    documents: list[Document]
    queries: Mapping[str, list[Asked]]


@dataclass(frozen=True)
class Gains:
    """NDCG@10 of every test query, by contender; `merx` is the mean over the seeds."""

    merx: Doubles
    seeds: tuple[float, ...]
    peers: Mapping[str, Doubles]


def fields_of(record: str) -> dict[str, str]:
    return {name: text.strip() for name, text in _FIELD.findall(record.strip())}


def document_of(number: int, record: str) -> Document:
    """The first column is the title."""
    columns = fields_of(record)
    title = next(iter(columns))
    rest = {name: text for name, text in columns.items() if name != title and text}
    return Document(str(number), {"title": columns[title], **rest})


def read_table(folder: Path) -> Table:
    pairs = {part: _pairs(folder, part) for part in PARTS}
    rights = sorted({right for rows in pairs.values() for _, right, _ in rows})
    row_of = {right: row for row, right in enumerate(rights)}
    wanted: dict[str, set[int]] = defaultdict(set)
    part_of: dict[str, str] = {}
    for part, rows in pairs.items():
        for left, right, matches in rows:
            if matches:
                wanted[left].add(row_of[right])
                part_of[left] = part
    documents = [document_of(row, right) for row, right in enumerate(rights)]
    held = Counter(word for document in documents for word in set(document.text.split()))
    queries = {
        part: [
            asked
            for left in wanted
            if part_of[left] == part
            for asked in _asked(document_of(0, left), frozenset(wanted[left]), held)
        ]
        for part in PARTS
    }
    return Table(folder.name, documents, queries)


def _asked(record: Document, wanted: frozenset[int], held: Mapping[str, int]) -> list[Asked]:
    brief = short(record.fields["title"], held)
    return [Asked(record.text, wanted, short=False), Asked(brief, wanted, short=True)]


def short(title: str, held: Mapping[str, int]) -> str:
    """The three words of a title that the fewest right records hold (but one at least), in their order."""
    words = [word for word in dict.fromkeys(title.split()) if held[word]] or title.split()
    rarest = sorted(words, key=lambda word: held[word])[:3]
    return " ".join(word for word in words if word in rarest)


def _pairs(folder: Path, part: str) -> list[tuple[str, str, bool]]:
    path = folder / f"{part}.txt.gz"
    text = gzip.decompress(path.read_bytes()).decode() if path.exists() else (folder / f"{part}.txt").read_text()
    rows = [line.split("\t") for line in text.split("\n") if line]
    return [(left, right, label == "1") for left, right, label in rows]


def ndcg(order: Sequence[int], wanted: frozenset[int], k: int = 10) -> float:
    gained = sum(1 / np.log2(place + 2) for place, row in enumerate(order[:k]) if row in wanted)
    return float(gained / sum(1 / np.log2(place + 2) for place in range(min(k, len(wanted)))))


def plain_bm25s(table: Table) -> Callable[[str], list[int]]:
    """The library as its readme shows it: its own tokenizer, English stop words."""
    import bm25s

    def tokens(texts: list[str]) -> Any:
        return bm25s.tokenize(texts, stopwords="en", show_progress=False)

    index = bm25s.BM25()
    index.index(tokens([document.text for document in table.documents]), show_progress=False)
    depth = min(10, len(table.documents))

    def search(text: str) -> list[int]:
        rows, _ = index.retrieve(tokens([text]), k=depth, show_progress=False)
        return [int(row) for row in rows[0]]

    return search


def plain_tantivy(table: Table) -> Callable[[str], list[int]]:
    """A title and a body, stemmed English, the query as any of its words."""
    import tantivy

    schema = tantivy.SchemaBuilder().add_integer_field("row", stored=True, indexed=True)
    for name in ("title", "body"):
        schema = schema.add_text_field(name, tokenizer_name="en_stem")
    index = tantivy.Index(schema.build())
    writer = index.writer(heap_size=50_000_000, num_threads=1)
    for row, document in enumerate(table.documents):
        title = document.fields["title"]
        writer.add_document(tantivy.Document(row=row, title=title, body=document.text))
    writer.commit()
    index.reload()
    searcher = index.searcher()

    def search(text: str) -> list[int]:
        words = " ".join(re.findall(r"\w+", text.lower()))
        query, _ = index.parse_query_lenient(words, ["title", "body"])
        return [searcher.doc(address)["row"][0] for _, address in searcher.search(query, 10).hits]

    return search


def judged(found: Candidates, asked: Asked) -> JudgedQuery:
    labels = np.isin(found.rows, list(asked.wanted)).astype(np.float32)
    return JudgedQuery(found.features, labels, missed=len(asked.wanted) - int(labels.sum()))


def as_typed(asked: Asked) -> Query:
    return Query(text=asked.text, correct_spelling=False)


def measure(table: Table, encoder: TextEncoder) -> Gains:
    search = HybridSearch.build(table.documents, encoder.encode([document.text for document in table.documents]))
    found: dict[str, list[Candidates]] = {}
    vectors = {part: encoder.encode([asked.text for asked in table.queries[part]]) for part in PARTS}
    for part in PARTS:
        pairs = zip(table.queries[part], vectors[part], strict=True)
        found[part] = [search.candidates(search.read(as_typed(asked)), vector) for asked, vector in pairs]
    judgements = {
        part: [judged(*pair) for pair in zip(found[part], table.queries[part], strict=True)] for part in PARTS
    }
    runs = []
    for seed in SEEDS:
        fusion = Fusion.fit(judgements["train"], judgements["valid"], seed=seed)
        Console().print(f"{table.name} seed {seed}: {fusion.method}, validation {fusion.validation}")
        orders = [some.rows[fusion.order(some.features)].tolist() for some in found["test"]]
        runs.append(gains(orders, table.queries["test"]))
    return Gains(
        np.mean(runs, axis=0), tuple(float(run.mean()) for run in runs), _peers(table, search, found, vectors["test"])
    )


def _peers(
    table: Table, search: HybridSearch, found: Mapping[str, list[Candidates]], vectors: NDArray[np.float32]
) -> dict[str, Doubles]:
    queries = table.queries["test"]
    fallback = Fusion()
    engines = {"bm25s": plain_bm25s(table), "tantivy": plain_tantivy(table)}
    orders = {name: [engine(asked.text) for asked in queries] for name, engine in engines.items()}
    everything = np.arange(len(table.documents))
    orders["dense alone"] = [
        top(search.dense.cosine(vector, everything), 10, above=-1.0).tolist() for vector in vectors
    ]
    orders["RRF"] = [some.rows[fallback.order(some.features)].tolist() for some in found["test"]]
    orders["Merx BM25"] = [
        top(search.bm25.scores(Counter(analyse(asked.text).terms)), 10).tolist() for asked in queries
    ]
    return {name: gains(some, queries) for name, some in orders.items()}


def gains(orders: Sequence[Sequence[int]], queries: Sequence[Asked]) -> Doubles:
    return np.array([ndcg(order, asked.wanted) for order, asked in zip(orders, queries, strict=True)])


def interval(values: Doubles) -> tuple[float, float]:
    """95 % of the means of 1,000 samples drawn with replacement (Efron 1979)."""
    drawn = np.random.default_rng(0).integers(0, len(values), (RESAMPLES, len(values)))
    low, high = np.quantile(values[drawn].mean(axis=1), [0.025, 0.975])
    return float(low), float(high)


def rows_of(table: Table, result: Gains) -> list[Row]:
    brief = np.array([asked.short for asked in table.queries["test"]])
    kinds = (("whole records ask", np.flatnonzero(~brief)), ("three rarest words ask", np.flatnonzero(brief)))
    rows = [_fusion_row(f"{table.name}, {kind}", result, places) for kind, places in kinds]
    Console().print(f"{table.name}: mean over both kinds, each seed: {[f'{seed:.4f}' for seed in result.seeds]}")
    return [row for pair in rows for row in pair] + _class_rows(table, result)


def _fusion_row(kind: str, result: Gains, places: NDArray[np.intp]) -> list[Row]:
    """Against what the better of the peers leaves, and against what the better of Merx's own legs leaves."""
    means = {name: float(values[places].mean()) for name, values in result.peers.items()}
    merx = result.merx[places]
    rows = []
    for whose, lexical in (("the better peer", "bm25s"), ("its own better leg", "Merx BM25")):
        better = max(means[lexical], means["dense alone"])
        claim = f"{kind} ({len(places)}): fusion closes {CLOSED:.0%} of what {whose} leaves"
        row = Row(
            claim=claim,
            unit="NDCG@10",
            better="higher",
            merx=float(merx.mean()),
            spread=interval(merx),
            peers=means,
            goal=better + CLOSED * (1 - better),
        )
        rows.append(row)
    return rows


def classes(text: str) -> list[str]:
    """The classes of a query: it has a digit or a model number; up to three words; more."""
    analysis = analyse(text)
    length = "up to three words" if len(text.split()) <= 3 else "longer than three words"
    return [length, *(["has digits"] if re.search(r"\d", text) or analysis.models else ["no digits"])]


def _class_rows(table: Table, result: Gains) -> list[Row]:
    """Fusion less BM25, by class of query, against the better of the two BM25s in it; the interval is of the pairs."""
    members: dict[str, list[int]] = defaultdict(list)
    for place, asked in enumerate(table.queries["test"]):
        for name in classes(asked.text):
            members[name].append(place)
    rows = []
    for name, places in sorted(members.items()):
        bm25 = {peer: float(result.peers[peer][places].mean()) for peer in ("bm25s", "Merx BM25")}
        best = max(bm25, key=lambda peer: bm25[peer])
        claim = f"{table.name}, query {name} ({len(places)}): fusion less the better BM25 ({best} {bm25[best]:.4f})"
        less = result.merx[places] - result.peers[best][places]
        rows.append(
            Row(
                claim=claim,
                unit="NDCG@10",
                better="higher",
                merx=float(less.mean()),
                spread=interval(less),
                goal=0.0,
            )
        )
    return rows


def main() -> None:
    machine = Machine.now()
    other = data_path()
    folders = [other] if other else [bench_data() / "er_magellan" / name for name in TABLES]
    encoder = TextEncoder()
    tables = [read_table(folder) for folder in folders]
    rows = [row for table in tables for row in rows_of(table, measure(table, encoder))]
    write("search", rows, command_line(), machine=machine)
    Console().print(f"{len(COLUMNS)} features")


if __name__ == "__main__":
    main()
