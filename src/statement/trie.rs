//! The words of a lexicon as a tree of characters, so that the longest word at a place of a text is found by going
//! through the text once. The build lays it out; a run only walks it.

/// A place in the tree at which words part, or the end of one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    /// First of its edges.
    pub(super) edges: u32,
    /// How many edges it has; none where no longer word goes on.
    pub(super) len: u16,
    /// Bytes that all its words share, from their start.
    pub(super) depth: u16,
    /// The first of its words; the others begin as it does.
    pub(super) word: u32,
    /// That word ends here.
    pub(super) ends: bool,
}

/// Lays out the tree of `words`, which are sorted, no two the same: its nodes, the root first, and its edges, each a
/// character and the node it leads to, those of a node sorted by the character. The root shares nothing, and no word
/// ends there.
pub(super) fn lay_out(words: &[&str]) -> (Vec<Node>, Vec<(char, u32)>) {
    let number = |size: usize| u32::try_from(size).unwrap_or(u32::MAX);
    let word = |index: usize| words.get(index).copied().unwrap_or_default();
    let mut nodes = vec![Node { edges: 0, len: 0, depth: 0, word: 0, ends: false }];
    let mut edges: Vec<(char, u32)> = Vec::new();
    // Nodes whose words are to be told apart, breadth first, so that the edges of a node stand together.
    let mut open = std::collections::VecDeque::from([(0_usize, 0..words.len())]);
    while let Some((at, mut range)) = open.pop_front() {
        let Some(&Node { depth, ends, .. }) = nodes.get(at) else { continue };
        range.start += usize::from(ends);
        let rest = |index: usize| word(index).get(usize::from(depth)..).unwrap_or_default();
        let first = edges.len();
        while let Some(c) = rest(range.start).chars().next().filter(|_| !range.is_empty()) {
            let same = range.clone().take_while(|&index| rest(index).starts_with(c)).count();
            let own = range.start..range.start + same;
            // Sorted, they share what the first and the last do.
            let shared = shared(word(own.start), word(own.end - 1));
            edges.push((c, number(nodes.len())));
            nodes.push(Node {
                edges: 0,
                len: 0,
                depth: u16::try_from(shared).unwrap_or(u16::MAX),
                word: number(own.start),
                ends: word(own.start).len() == shared,
            });
            open.push_back((nodes.len() - 1, own));
            range.start += same;
        }
        let len = u16::try_from(edges.len() - first).unwrap_or(u16::MAX);
        if let Some(node) = nodes.get_mut(at) {
            (node.edges, node.len) = (number(first), len);
        }
    }
    (nodes, edges)
}

/// How words begin, as a set that may take others for its own: the first three characters of those that begin with as
/// many of visible ASCII, and the first one of those that are shorter. Most places of a text begin no word.
#[derive(Debug, Clone, Copy)]
pub(super) struct Starts(pub(super) [u64; 256]);

impl Starts {
    pub(super) fn of<'w>(words: impl Iterator<Item = &'w str>) -> Starts {
        let mut starts = Starts([0; 256]);
        for word in words {
            let mut chars = word.chars();
            let start = [chars.next(), chars.next(), chars.next()];
            let all = Starts::all(start).or_else(|| Starts::all([start[0]; 3]));
            if let Some((index, bit)) = all
                && let Some(known) = starts.0.get_mut(index)
            {
                *known |= bit;
            }
        }
        starts
    }

    /// False where no word begins with these characters.
    pub(super) fn may_have(&self, start: [Option<char>; 3]) -> bool {
        let known = |index: usize| self.0.get(index).copied().unwrap_or_default();
        let has = |start| Starts::all(start).is_none_or(|(index, bit)| known(index) & bit != 0);
        has(start) || has([start[0]; 3])
    }

    /// Where three characters of visible ASCII have their bit.
    fn all(start: [Option<char>; 3]) -> Option<(usize, u64)> {
        let [Some(a @ '!'..='~'), Some(b @ '!'..='~'), Some(c @ '!'..='~')] = start else { return None };
        let hash = (u32::from(a) << 7) ^ (u32::from(b) << 4) ^ (u32::from(b) >> 3) ^ u32::from(c);
        Some(((hash >> 6 & 255) as usize, 1 << (hash & 63)))
    }
}

/// Bytes at the start of both, whole characters alone.
fn shared(a: &str, b: &str) -> usize {
    a.chars().zip(b.chars()).take_while(|(a, b)| a == b).map(|(c, _)| c.len_utf8()).sum()
}
