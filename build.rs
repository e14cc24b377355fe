//! Brings the words that statements are searched for into the form and order in which they are compared, so that no run
//! of the program has to: folding and sorting ten thousand words takes longer than reading a statement.
//!
//! Reads the data files of the book and of the statement reader; writes, into the build folder, a sorted index for each
//! lexicon (see `src/statement/lexicon.rs`), where the lines of the book begin (see `src/knowledge/table.rs`), which
//! letters its names have (see `src/knowledge/near.rs`), and the folded words of headers and titles (see
//! `src/statement/header`).

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

#[allow(dead_code, unused_imports, unreachable_pub, clippy::all, clippy::pedantic)]
#[path = "src/statement/comparable.rs"]
mod comparable;
#[allow(dead_code, unused_imports, unreachable_pub, clippy::all, clippy::pedantic)]
#[path = "src/statement/fold.rs"]
mod fold;
#[allow(clippy::all, clippy::pedantic)]
#[path = "src/knowledge/letters.rs"]
mod letters;
#[allow(dead_code, unreachable_pub, clippy::all, clippy::pedantic)]
#[path = "src/statement/trie.rs"]
mod trie;

/// What `fold` needs of the reader's positions.
mod text {
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(crate) struct Span {
        pub(crate) start: usize,
        pub(crate) end: usize,
    }

    impl Span {
        pub(crate) fn new(start: usize, end: usize) -> Span {
            Span { start, end }
        }
    }
}

const DATA: &str = "src/knowledge/data";
const TERMS: &str = "src/knowledge/data/terms.tsv";
const XCODE: &str = "src/knowledge/data/xcode_names.tsv";
const BOOK_WORDS: &str = "src/knowledge/data/words.tsv";
const WORDS: &str = "src/statement/words.tsv";
const CUES: &str = "src/statement/prose/cues.tsv";
/// What stands before the sense in the role of a name that only running text has.
const NAME: &str = "name/";
const PHRASES: &str = "src/statement/header/phrases.tsv";

/// Roles of the book that matter inside a name cell.
const CELL_ROLES: [&str; 6] = ["separator", "negation", "permission-noun", "access-verb", "required", "optional"];
/// Roles of labels in fields.
const LABEL_ROLES: [&str; 7] = [
    "header-name",
    "header-sdk",
    "header-description",
    "header-purpose",
    "header-timing",
    "header-revocable",
    "header-refusal",
];
/// Roles of words in titles.
const TITLE_ROLES: [&str; 6] =
    ["permission-noun", "title-permissions", "title-sdk", "title-not-in-force", "required", "optional"];
/// Roles of header cells; where a word has several, the first one counts.
const HEADER_ROLES: [&str; 12] = [
    "header-name",
    "header-description",
    "header-purpose",
    "header-timing",
    "header-revocable",
    "header-refusal",
    "header-required",
    "header-sdk",
    "header-data",
    "header-remark",
    "header-index",
    "header-platform",
];

/// A field of a data file, by where it stands.
#[derive(Debug, Clone)]
struct Field {
    text: String,
    start: usize,
}

/// The records of a data file.
struct Data(Vec<Vec<Field>>);

impl Data {
    fn read(path: &str) -> io::Result<Data> {
        println!("cargo::rerun-if-changed={path}");
        let text = fs::read_to_string(path)?;
        let mut records = Vec::new();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let body = line.trim_end_matches('\n');
            if !body.is_empty() && !body.starts_with('#') {
                let mut at = start;
                let fields = body.split('\t').map(|field| {
                    let field = Field { text: field.to_owned(), start: at };
                    at += field.text.len() + 1;
                    field
                });
                records.push(fields.collect());
            }
            start += line.len();
        }
        Ok(Data(records))
    }

    /// The records with `N` fields whose first one is `role`, in file order.
    fn under<'d, const N: usize>(&'d self, role: &'d str) -> impl Iterator<Item = [&'d Field; N]> {
        self.records().filter(move |record: &[&Field; N]| record.first().is_some_and(|first| first.text == role))
    }

    fn records<const N: usize>(&self) -> impl Iterator<Item = [&Field; N]> {
        self.0.iter().filter_map(|record| record.iter().collect::<Vec<_>>().try_into().ok())
    }
}

/// What a word is.
#[derive(Debug, Clone)]
struct Meaning {
    /// A value of `Packed` in the lexicon, in Rust.
    packed: String,
    /// What it says: two meanings that say the same are one.
    says: Vec<String>,
}

impl PartialEq for Meaning {
    fn eq(&self, other: &Meaning) -> bool {
        self.says == other.says
    }
}

impl Meaning {
    /// One that the kind alone tells.
    fn plain(packed: &str) -> Meaning {
        Meaning { packed: format!("Packed::{packed}"), says: vec![packed.to_owned()] }
    }

    /// One that says what stands in fields of a data file.
    fn at(kind: &str, fields: &[&Field]) -> Meaning {
        let places: Vec<String> =
            fields.iter().map(|field| format!("({},{})", field.start, field.text.len())).collect();
        let texts = fields.iter().map(|field| field.text.clone());
        let says = std::iter::once(kind.to_owned()).chain(texts).collect();
        Meaning { packed: format!("Packed::{kind}({})", places.join(",")), says }
    }

    fn role(role: &str) -> Meaning {
        Meaning::plain(&format!("Role(Role::{})", variant(role)))
    }
}

/// The variant of an enumeration that has `name` in a data file: `HeaderName` for `header-name`.
fn variant(name: &str) -> String {
    if name == "harmonyos" {
        return "HarmonyOs".to_owned();
    }
    let words = name.split('-').filter_map(|word| word.split_at_checked(1));
    words.map(|(first, rest)| first.to_ascii_uppercase() + rest).collect()
}

/// Words in the order in which they were added, each as it is compared.
#[derive(Default)]
struct Draft(Vec<(String, Meaning)>);

impl Draft {
    fn add(&mut self, word: &str, meaning: Meaning) {
        let mut folded = String::new();
        comparable::append(&mut folded, word);
        self.0.push((folded, meaning));
    }

    fn add_roles(&mut self, words: &Data, roles: &[&str]) {
        for role in roles {
            for [role, _, text] in words.under(role) {
                self.add(&text.text, Meaning::role(&role.text));
            }
        }
    }

    fn add_platforms(&mut self, words: &Data) {
        for [_, platform, text] in words.under("platform") {
            let platform = format!("Platform(Platform::{})", variant(&platform.text));
            self.add(&text.text, Meaning::plain(&platform));
        }
    }

    /// The index as the source of a constant `name`.
    fn index(mut self, name: &str) -> String {
        // Stable: of two things that a word is, the one that was added first stays the first.
        self.0.sort_by(|(a, _), (b, _)| a.cmp(b));
        let mut keys: Vec<(String, Vec<Meaning>)> = Vec::new();
        for (word, meaning) in self.0 {
            match keys.last_mut().filter(|(last, _)| *last == word) {
                Some((_, meanings)) if meanings.contains(&meaning) => {}
                Some((_, meanings)) => meanings.push(meaning),
                None => keys.push((word, vec![meaning])),
            }
        }
        let text: String = keys.iter().map(|(word, _)| word.as_str()).collect();
        let (mut rows, mut meanings) = (String::new(), String::new());
        let (mut at, mut count) = (0, 0);
        for (word, own) in &keys {
            let _ = write!(rows, "Key{{text:{at}..{},words:{count}..{}}},", at + word.len(), count + own.len());
            at += word.len();
            count += own.len();
            for meaning in own {
                let _ = write!(meanings, "{},", meaning.packed);
            }
        }
        let words: Vec<&str> = keys.iter().map(|(word, _)| word.as_str()).collect();
        let (nodes, edges) = trie::lay_out(&words);
        let node = |trie::Node { edges, len, depth, word, ends }: &trie::Node| {
            format!("Node{{edges:{edges},len:{len},depth:{depth},word:{word},ends:{ends}}},")
        };
        let nodes: String = nodes.iter().map(node).collect();
        let starts = trie::Starts::of(words.iter().copied()).0;
        format!(
            "pub(super) static {name}: Index = Index{{text:{text:?},keys:&[{rows}],nodes:&[{nodes}],edges:&{edges:?},\
             starts:Starts({starts:?}),words:&[{meanings}]}};\n"
        )
    }
}

/// Where each line of each data file of the book begins, as the source of a static for each file.
fn lines(folder: &str) -> io::Result<Vec<String>> {
    println!("cargo::rerun-if-changed={folder}");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)?.map(|file| Ok(file?.path())).collect::<io::Result<_>>()?;
    files.retain(|file| file.extension().is_some_and(|end| end == "tsv"));
    files.sort();
    let source = |file: &PathBuf| {
        let text = fs::read_to_string(file)?;
        let mut behind = 0;
        let starts = text.split_inclusive('\n').map(|line| {
            behind += line.len();
            behind - line.len()
        });
        let starts: Vec<usize> = starts.collect();
        let name = file.file_stem().unwrap_or_default().to_string_lossy().to_uppercase();
        Ok(format!("pub(in crate::knowledge) static {name}: [u32; {}] = {starts:?};\n", starts.len()))
    };
    files.iter().map(source).collect()
}

/// Which letters the last segment of each name of a platform has, and how many bytes, one line after the other; all of a
/// key of iOS.
fn letters_of(name: &str) -> io::Result<String> {
    let text = fs::read_to_string(format!("{DATA}/{name}.tsv"))?;
    let letters = text.lines().map(|line| {
        let name_of = line.split('\t').next().unwrap_or_default();
        let compared = if name == "ios" { name_of } else { name_of.rsplit('.').next().unwrap_or_default() };
        if line.starts_with('#') { (0, 0) } else { (letters::which(compared.as_bytes()), compared.len()) }
    });
    let letters: Vec<(u32, usize)> = letters.collect();
    let static_name = name.to_uppercase();
    Ok(format!("pub(in crate::knowledge) static {static_name}: [(u32, u8); {}] = {letters:?};\n", letters.len()))
}

fn main() -> io::Result<()> {
    let shared =
        ["src/statement/fold.rs", "src/statement/comparable.rs", "src/statement/trie.rs", "src/knowledge/letters.rs"];
    for path in shared.into_iter().chain(["build.rs"]) {
        println!("cargo::rerun-if-changed={path}");
    }
    let (terms, xcode) = (Data::read(TERMS)?, Data::read(XCODE)?);
    let (book, words, phrases, cues) =
        (Data::read(BOOK_WORDS)?, Data::read(WORDS)?, Data::read(PHRASES)?, Data::read(CUES)?);
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?);

    write(&out, "lines.rs", lines(DATA)?.into_iter())?;
    let letters = ["android", "harmony", "ios"].map(letters_of).into_iter().collect::<io::Result<Vec<_>>>()?;
    write(&out, "letters.rs", letters.into_iter())?;

    let mut cells = Draft::default();
    for [sense, _, text] in terms.records() {
        cells.add(&text.text, Meaning::at("Name", &[sense, text]));
    }
    for [shown, key] in xcode.records() {
        cells.add(&shown.text, Meaning::at("Key", &[key]));
    }
    cells.add_platforms(&book);
    cells.add_roles(&book, &CELL_ROLES);
    for [role, _, text] in words.records() {
        let meaning = match role.text.as_str() {
            "denial" => Meaning::plain("Denial"),
            "separator" => Meaning::role(&role.text),
            verb @ ("read" | "write" | "send" | "receive" | "precise" | "approximate") => {
                Meaning::plain(&format!("Narrow(Verb::{})", variant(verb)))
            }
            _ => Meaning::plain("Fill"),
        };
        cells.add(&text.text, meaning);
    }

    let (mut labels, mut titles, mut platforms, mut denials) =
        (Draft::default(), Draft::default(), Draft::default(), Draft::default());
    labels.add_roles(&book, &LABEL_ROLES);
    titles.add_roles(&book, &TITLE_ROLES);
    platforms.add_platforms(&book);
    for [_, _, text] in book.under("negation").chain(words.under("denial")) {
        denials.add(&text.text, Meaning::plain("Denial"));
    }
    let mut said = Draft::default();
    for [words, role, _] in cues.records() {
        let meaning = match role.text.strip_prefix(NAME) {
            Some(sense) => {
                let sense = Field { text: sense.to_owned(), start: role.start + NAME.len() };
                Meaning::at("Said", &[&sense, words])
            }
            None => Meaning::plain(&format!("Cue(Cue::{})", variant(&role.text))),
        };
        said.add(&words.text, meaning);
    }
    let indexes = [
        ("CUES", said),
        ("CELLS", cells),
        ("LABELS", labels),
        ("TITLES", titles),
        ("PLATFORMS", platforms),
        ("DENIALS", denials),
    ];
    write(&out, "lexicons.rs", indexes.into_iter().map(|(name, draft)| draft.index(name)))?;

    let roles = HEADER_ROLES.iter().flat_map(|role| book.under::<3>(role));
    let data = phrases.under::<3>("data-header").map(|[_, _, text]| ("header-data", text));
    let header = roles.map(|[role, _, text]| (role.text.as_str(), text)).chain(data);
    // Where a word has several roles, the first one counts.
    let mut words = BTreeMap::new();
    for (role, text) in header {
        words.entry(fold::fold(&text.text)).or_insert(role);
    }
    let words = words.iter().map(|(word, role)| format!("({word:?},Role::{}),", variant(role)));

    let nouns = book.under("permission-noun").map(|[_, _, text]| ("noun", text));
    let empty = book.under("empty-cell").map(|[_, _, text]| ("empty-cell", text));
    let own = phrases.records().map(|[role, _, text]| (role.text.as_str(), text));
    let mut roles: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (role, text) in nouns.chain(empty).chain(own) {
        roles.entry(role).or_default().push(fold::fold(&text.text));
    }
    let phrases = roles.iter().map(|(role, phrases)| format!("({role:?},&{phrases:?}),"));
    let made = [
        "pub(super) static HEADER_WORDS: &[(&str, Role)] = &[".to_owned(),
        words.collect(),
        "];\npub(super) static PHRASES: &[(&str, &[&str])] = &[".to_owned(),
        phrases.collect(),
        "];\n".to_owned(),
    ];
    write(&out, "headers.rs", made.into_iter())
}

fn write(out: &Path, name: &str, parts: impl Iterator<Item = String>) -> io::Result<()> {
    fs::write(out.join(name), parts.collect::<String>())
}
