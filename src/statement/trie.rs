//! The words of a lexicon as a tree of characters, so that the longest word at a place of a text is found by going
//! through the text once. The build lays it out; a run only walks it.

/// A place in the tree: the characters that go on from it, and the word that ends at it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    /// First of its edges.
    pub(super) edges: u32,
    /// How many edges it has; none where a single word is left.
    pub(super) len: u16,
    /// Bytes from the start of a word to here.
    pub(super) depth: u16,
    /// The word that ends here, or the only one left; [`NONE`] where there is neither.
    pub(super) key: u32,
}

/// The number of no word.
pub(super) const NONE: u32 = u32::MAX;

/// Lays out the tree of `words`, which are sorted, no two the same: its nodes, the root first, and its edges, each a
/// character and the node it leads to, those of a node sorted by the character.
pub(super) fn lay_out(words: &[&str]) -> (Vec<Node>, Vec<(char, u32)>) {
    let number = |size: usize| u32::try_from(size).unwrap_or(NONE);
    let mut nodes = vec![Node { edges: 0, len: 0, depth: 0, key: NONE }];
    let mut edges: Vec<(char, u32)> = Vec::new();
    // Nodes whose words are to be told apart, breadth first, so that the edges of a node stand together.
    let mut open = std::collections::VecDeque::from([(0_usize, 0..words.len())]);
    while let Some((at, mut range)) = open.pop_front() {
        let Some(&Node { depth, .. }) = nodes.get(at) else { continue };
        let rest = |index: usize| words.get(index).and_then(|word| word.get(usize::from(depth)..)).unwrap_or_default();
        let mut key = NONE;
        // The root tells words apart even where there is one.
        let only = range.len() == 1 && at > 0;
        if only || (!range.is_empty() && rest(range.start).is_empty()) {
            key = number(range.start);
            range.start += 1;
        }
        let first = edges.len();
        while let Some(c) = rest(range.start).chars().next().filter(|_| !range.is_empty()) {
            let same = range.clone().take_while(|&index| rest(index).starts_with(c)).count();
            edges.push((c, number(nodes.len())));
            open.push_back((nodes.len(), range.start..range.start + same));
            let depth = depth + u16::try_from(c.len_utf8()).unwrap_or_default();
            nodes.push(Node { edges: 0, len: 0, depth, key: NONE });
            range.start += same;
        }
        if let Some(node) = nodes.get_mut(at) {
            *node =
                Node { edges: number(first), len: u16::try_from(edges.len() - first).unwrap_or(u16::MAX), depth, key };
        }
    }
    (nodes, edges)
}
