//! What a sentence says of the names in it: whether it tells of the permission, of its data, or only implies it, and
//! whether it denies it.
//!
//! A name counts only on evidence: the word for permission beside it and a verb that asks, or a verb by which the app
//! opens or collects it, with nothing unknown beside the name. Whatever weakens that (a purpose, a denial, what happens
//! on refusal, somebody else, what the user hands over) takes the evidence away, so that a sentence of a kind that
//! nobody thought of counts for nothing.

use super::kinds::Kind;
use super::words::{Cue, Cues, Mark, Token, What};
use crate::deadline;
use crate::disclosure::Strength;
use crate::knowledge::vocabulary::Sense;

/// A name of which a sentence says something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mention {
    /// Index of the token in the sentence.
    pub(super) token: usize,
    pub(super) strength: Strength,
    pub(super) negated: bool,
}

/// What stands above a sentence.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Above {
    /// The line that leads to this one tells that what follows is collected or opened.
    pub(super) evidence: Option<Evidence>,
    /// A heading or that line denies it.
    pub(super) negated: bool,
    /// Running text below a lead is a list, in which a name needs no verb.
    pub(super) permissions: bool,
}

/// A verb and what it is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Evidence {
    verbs: Cues,
    strong: bool,
    /// What it opens is asked for: "asks for access to".
    asked: bool,
}

/// What is said of names.
pub(super) struct Said {
    pub(super) mentions: Vec<Mention>,
    /// What the sentence leads to, when it ends with a colon.
    pub(super) lead: Option<Above>,
    pub(super) sdk: bool,
}

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Actor {
    Unsaid,
    Own,
    You,
    Other,
    Sdk,
}

const VERBS: Cues = Cues::of(&[Cue::Collect, Cue::Access, Cue::Use, Cue::Nominal, Cue::Enable, Cue::Weak, Cue::Send]);

/// The words for access.
const OPENS: Cues = Cues::of(&[Cue::Access, Cue::Nominal]);

/// The verbs that may be part of a name.
const OWN: Cues = Cues::of(&[Cue::Collect, Cue::Access, Cue::Nominal]);

/// What stands before a name, one step after the other.
#[derive(Debug, Clone, Copy)]
#[allow(clippy::struct_excessive_bools, reason = "each is a sign of its own, and any may hold with any other")]
struct Before {
    evidence: Option<Evidence>,
    /// There was evidence earlier in the sentence.
    any: bool,
    negated: bool,
    refused: bool,
    /// A verb asked, and was not denied.
    asked: bool,
    /// The word for permission, and nothing since that parts it from its names.
    noun: bool,
    /// Somebody else acts.
    other: bool,
}

/// What stands behind a name.
#[derive(Debug, Clone, Copy, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a sign of its own, and any may hold with any other")]
struct Behind {
    noun: bool,
    /// The word for access stands behind it: "camera access".
    reach: bool,
    asked: bool,
    /// It is collected or opened, said behind it.
    post: Cues,
    /// Denied before the next comma; before the next clause.
    denied: bool,
    denied_in_clause: bool,
    refused: bool,
    refused_in_clause: bool,
    given: bool,
}

/// What the whole sentence says.
#[derive(Debug, Clone, Copy, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a sign of its own, and any may hold with any other")]
struct Whole {
    future: bool,
    given: bool,
    ui: bool,
    by_address: bool,
}

/// Judges the sentence `tokens`; `kinds` knows the kind of a sense.
pub(super) fn judge(tokens: &[Token], above: Above, kind: &mut dyn FnMut(Sense) -> Kind) -> Said {
    let all = tokens.iter().fold(Cues::default(), |all, token| all.or(token.cues));
    let has = |cue: Cue| all.has(cue);
    let whole = Whole {
        future: has(Cue::Future),
        given: has(Cue::Given),
        ui: has(Cue::Ui),
        by_address: has(Cue::Ip) && !has(Cue::Precise),
    };
    let (before, end) = forward(tokens, above);
    // Most sentences name nothing.
    let behind = if before.iter().any(Option::is_some) { backward(tokens) } else { Vec::new() };
    let mut mentions = Vec::new();
    for (at, ((token, before), behind)) in tokens.iter().zip(&before).zip(&behind).enumerate() {
        deadline::step();
        let Some(before) = before else { continue };
        let found = match token.what {
            What::Name(sense) => name(tokens, at, kind(sense), before, behind, whole),
            What::Constant => Some(constant(before, behind)),
            _ => None,
        };
        mentions.extend(found.map(|(strength, negated)| Mention {
            token: at,
            strength,
            negated: negated || whole.future,
        }));
    }
    let last = tokens.iter().rev().find(|token| token.what != What::Mark(Mark::Other)).map(|token| token.what);
    if last == Some(What::Mark(Mark::Question)) {
        // Who asks whether something is collected has not said that it is.
        for mention in &mut mentions {
            deadline::step();
            mention.strength = Strength::Implies;
        }
    }
    let leads = last == Some(What::Mark(Mark::Colon)) || has(Cue::Ahead);
    // What an address tells of the place is not told by the device.
    let evidence = end.0.map(|evidence| Evidence { strong: evidence.strong && !whole.by_address, ..evidence });
    let lead = Above { evidence, negated: end.1 || above.negated || whole.future, permissions: false };
    Said { mentions, lead: leads.then_some(lead), sdk: has(Cue::Sdk) }
}

/// What a constant or key is said to be: it names the permission wherever a verb asks for it.
fn constant(before: &Before, behind: &Behind) -> (Strength, bool) {
    if before.negated || behind.denied_in_clause {
        return (Strength::Names, true);
    }
    let asked = before.asked || behind.asked || before.evidence.is_some_and(|evidence| evidence.strong);
    let refused = before.refused || before.other || behind.refused_in_clause;
    (if asked && !refused { Strength::Names } else { Strength::Implies }, false)
}

fn name(
    tokens: &[Token],
    at: usize,
    kind: Kind,
    before: &Before,
    behind: &Behind,
    whole: Whole,
) -> Option<(Strength, bool)> {
    let token = tokens.get(at)?;
    if is_path(tokens, at) || (whole.ui && is_quoted(tokens, at)) {
        return None;
    }
    let reach = (behind.reach || token.cues.has(Cue::Reach)) && kind.is_opened();
    let reach = reach && (before.asked || behind.asked || before.negated);
    let ahead = at.checked_sub(1).and_then(|at| tokens.get(at));
    let done = kind == Kind::Done && ahead.is_some_and(|token| token.cues.has(Cue::Ask));
    let noun = before.noun || behind.noun || token.cues.has(Cue::Noun) || reach || done;
    if noun {
        let asked = (before.asked && !behind.denied_in_clause) || behind.asked;
        let refused = before.refused || behind.refused_in_clause;
        if !refused && (before.negated || (behind.denied_in_clause && !behind.asked)) {
            return Some((Strength::Names, true));
        }
        let weak = !asked || refused || before.other || before.negated;
        return Some((if weak { Strength::Implies } else { Strength::Names }, false));
    }
    let owner = ahead.is_some_and(|token| token.cues.has(Cue::Whose)) || token.cues.has(Cue::Whose);
    let evidence = before.evidence;
    // "Asks for access to" names a permission as its own word does.
    let named = evidence.is_some_and(|evidence| evidence.asked) && kind.is_opened();
    let faint = !named && (token.cues.has(Cue::Faint) || (token.cues.has(Cue::Owned) && !owner));
    let by_verb = evidence.filter(|_| kind != Kind::Opened || named || owner).and_then(|e| kind.by_verb(e));
    let by_post = kind.by_post(behind.post);
    let best = [by_verb, by_post].into_iter().flatten().min();
    let Some(best) = best else {
        // Earlier in the sentence something was collected: this may be more of it.
        let implied = before.any && !faint && matches!(kind, Kind::Data | Kind::Place | Kind::Implied);
        return (implied && plain(tokens, at)).then_some((Strength::Implies, before.negated));
    };
    let denied = before.negated
        || match by_verb {
            Some(_) if evidence.is_some_and(|e| e.verbs.has(Cue::Nominal)) => behind.denied_in_clause,
            Some(_) => behind.denied,
            None => false,
        };
    if denied {
        return Some((best, true));
    }
    let refused = before.refused || if by_verb.is_some() { behind.refused } else { behind.refused_in_clause };
    let handed = (whole.given || behind.given) && !named && kind != Kind::Device && !token.cues.has(Cue::Bound);
    let by_address = whole.by_address && kind == Kind::Place;
    let others = by_verb.is_none() && before.other;
    let clear = plain(tokens, at) && !faint && !others && !refused && !handed && !by_address && !whole.ui;
    Some((if clear { best } else { Strength::Implies }, false))
}

impl Kind {
    /// True for what words for access open.
    fn is_opened(self) -> bool {
        matches!(self, Kind::Data | Kind::Device | Kind::Held | Kind::Opened | Kind::Place)
    }

    /// What a verb before the name makes of it.
    fn by_verb(self, evidence: Evidence) -> Option<Strength> {
        let has = |cues: &[Cue]| evidence.verbs.meets(Cues::of(cues));
        let (full, part): (&[Cue], &[Cue]) = match self {
            Kind::Named | Kind::Done => return None,
            Kind::Sent => (&[], &[Cue::Send]),
            Kind::Implied => (&[], &[Cue::Collect, Cue::Access, Cue::Use, Cue::Nominal, Cue::Weak, Cue::Enable]),
            Kind::Device => (&[Cue::Access, Cue::Use, Cue::Nominal, Cue::Enable], &[]),
            Kind::Opened => (&[Cue::Access, Cue::Nominal], &[]),
            Kind::Held => (&[Cue::Access, Cue::Nominal], &[Cue::Collect, Cue::Use, Cue::Weak, Cue::Enable]),
            Kind::Data => (&[Cue::Collect, Cue::Access, Cue::Nominal], &[Cue::Use, Cue::Weak, Cue::Enable, Cue::Send]),
            Kind::Place => (&[Cue::Collect, Cue::Access, Cue::Nominal, Cue::Use], &[Cue::Weak, Cue::Enable, Cue::Send]),
        };
        let tells = if matches!(self, Kind::Device | Kind::Opened) { Strength::Names } else { Strength::Data };
        if has(full) {
            Some(if evidence.strong { tells } else { Strength::Implies })
        } else {
            has(part).then_some(Strength::Implies)
        }
    }

    /// What words behind the name make of it.
    fn by_post(self, post: Cues) -> Option<Strength> {
        match self {
            Kind::Data | Kind::Place if post.has(Cue::Post) => Some(Strength::Data),
            Kind::Device if post.has(Cue::PostAccess) => Some(Strength::Names),
            Kind::Held | Kind::Implied if post.has(Cue::Post) => Some(Strength::Implies),
            _ => None,
        }
    }
}

/// What stands before each name, and the evidence and denial at the end of the sentence.
fn forward(tokens: &[Token], above: Above) -> (Vec<Option<Before>>, (Option<Evidence>, bool)) {
    let mut state = Before {
        evidence: above.evidence,
        any: above.evidence.is_some(),
        negated: above.negated,
        refused: false,
        asked: above.permissions,
        noun: false,
        other: false,
    };
    // "Access your contacts:" tells a user what to do, unless a line above says who does.
    let orders = tokens
        .iter()
        .find(|token| !matches!(token.what, What::Mark(_)))
        .is_some_and(|token| above.evidence.is_none() && token.orders && token.cues.meets(VERBS));
    let mut actor = if orders { Actor::You } else { Actor::Unsaid };
    let mut enabled = false;
    // The evidence outside of each open bracket.
    let mut outside: Vec<Option<Evidence>> = Vec::new();
    let mut last = above.evidence;
    let mut defined = false;
    let mut all = Vec::with_capacity(tokens.len());
    for (at, token) in tokens.iter().enumerate() {
        deadline::step();
        let cues = token.cues;
        let clause = at.checked_sub(1).and_then(|before| tokens.get(before)).is_none_or(parts_clauses);
        if let Some(who) = Actor::of(cues) {
            if who != Actor::Sdk || actor != Actor::Own {
                actor = who;
            }
            if who != Actor::Other {
                state.evidence = None;
            }
            if clause && who != Actor::Other {
                state.negated = above.negated;
                state.refused = false;
            }
        }
        if cues.has(Cue::Resume) {
            state.negated = above.negated;
            state.refused = false;
            state.evidence = None;
        }
        state.negated |= cues.has(Cue::Negation);
        state.refused |= cues.has(Cue::Refusal);
        defined |= cues.has(Cue::Definition);
        if cues.has(Cue::End) {
            state.evidence = None;
        }
        enabled |= cues.has(Cue::Enable) || cues.has(Cue::Ask);
        let is_name = matches!(token.what, What::Name(_) | What::Constant);
        if cues.meets(VERBS) && !is_name {
            let strong = actor.is_strong(cues, enabled);
            let asked = strong && state.asked && cues.meets(OPENS) && is_asked(tokens, at);
            let evidence = Evidence { verbs: cues.and(VERBS), strong, asked };
            state.evidence = Some(evidence);
            state.any = true;
            last = state.evidence;
        }
        state.asked |= cues.has(Cue::Ask) && actor != Actor::Other && !state.negated && !state.refused;
        state.other = actor == Actor::Other;
        // Whatever parts a name from the word for access may be what is opened.
        if let Some(evidence) = &mut state.evidence
            && !cues.meets(VERBS)
            && !keeps_asked(token)
        {
            evidence.asked = false;
        }
        if is_name && cues.meets(OWN) {
            // The verb is part of the name, and goes on to the names behind it.
            let strong = actor.is_strong(cues, enabled) && state.evidence.is_none_or(|evidence| evidence.strong);
            state.evidence = Some(Evidence { verbs: cues.and(OWN), strong, asked: false });
            state.any = true;
        }
        all.push((is_name && !defined).then_some(state));
        // "Permissions (camera, location)"
        let opens = token.what == What::Mark(Mark::Open)
            && at.checked_sub(1).and_then(|at| tokens.get(at)).is_some_and(ties_noun);
        state.noun = cues.has(Cue::Noun) || (state.noun && (keeps_noun(token) || opens));
        match token.what {
            What::Mark(Mark::Open) if outside.len() < DEPTH => outside.push(state.evidence),
            What::Mark(Mark::Close) => {
                if let Some(evidence) = outside.pop() {
                    state.evidence = evidence;
                }
            }
            What::Mark(Mark::Semicolon) => state.evidence = above.evidence,
            What::Mark(Mark::Comma)
                if at.checked_sub(1).and_then(|before| tokens.get(before)).is_some_and(ends_time) =>
            {
                actor = Actor::Unsaid;
            }
            _ => {}
        }
    }
    (all, (last, state.negated))
}

/// What stands behind each token.
fn backward(tokens: &[Token]) -> Vec<Behind> {
    let mut all = vec![Behind::default(); tokens.len()];
    let mut state = Behind::default();
    let mut forward = false;
    for (at, token) in tokens.iter().enumerate().rev() {
        deadline::step();
        if let Some(own) = all.get_mut(at) {
            *own = state;
        }
        let cues = token.cues;
        if cues.has(Cue::Ask) && !matches!(token.what, What::Name(_)) {
            state.asked = !state.denied_in_clause && !state.refused_in_clause;
        }
        let post = cues.and(Cues::of(&[Cue::Post, Cue::PostAccess]));
        if post != Cues::default() {
            state.post = if state.denied_in_clause { Cues::default() } else { post };
        }
        // "On start-up, the permission of location": what stands before the comma is not named by that word.
        let parted = forward && token.what == What::Mark(Mark::Comma);
        state.noun = cues.has(Cue::Noun) || (state.noun && keeps_noun(token) && !parted);
        state.reach = match token.what {
            What::Word if cues.has(Cue::Reach) => ends_name(tokens, at),
            _ => state.reach && keeps_noun(token) && !parted,
        };
        if cues.has(Cue::Noun) {
            forward = points_forward(tokens.get(at + 1..).unwrap_or_default());
        }
        if cues.has(Cue::Negation) {
            state = Behind { denied: true, denied_in_clause: true, asked: false, post: Cues::default(), ..state };
        }
        if cues.has(Cue::Refusal) {
            state = Behind { refused: true, refused_in_clause: true, asked: false, post: Cues::default(), ..state };
        }
        state.given |= cues.has(Cue::Given);
        if matches!(token.what, What::Mark(Mark::Comma | Mark::Semicolon | Mark::Colon)) {
            (state.denied, state.refused, state.given) = (false, false, false);
        }
        let starts =
            cues.has(Cue::Resume) || Actor::of(cues).is_some_and(|who| who != Actor::Sdk && who != Actor::Other);
        if starts || token.what == What::Mark(Mark::Semicolon) {
            state = Behind { noun: state.noun, reach: state.reach, ..Behind::default() };
        }
    }
    all
}

impl Actor {
    fn of(cues: Cues) -> Option<Actor> {
        let actors =
            [(Cue::Sdk, Actor::Sdk), (Cue::Other, Actor::Other), (Cue::Own, Actor::Own), (Cue::You, Actor::You)];
        actors.into_iter().find(|(cue, _)| cues.has(*cue)).map(|(_, actor)| actor)
    }

    /// True when a verb of this actor tells what the app does.
    fn is_strong(self, verb: Cues, enabled: bool) -> bool {
        match self {
            Actor::Unsaid | Actor::Own | Actor::Sdk => true,
            Actor::You => verb.has(Cue::Enable) || (verb.has(Cue::Nominal) && enabled),
            Actor::Other => false,
        }
    }
}

/// True when what stands before the word for access at `at` asks for it: "ask you for access to".
fn is_asked(tokens: &[Token], at: usize) -> bool {
    let before = tokens.get(at.saturating_sub(TIES)..at).unwrap_or_default();
    let words = before.iter().rev().take_while(|token| token.what == What::Word);
    words.into_iter().any(|token| token.cues.has(Cue::Ask))
}

/// True for the word for permission and those that tie it to its names.
fn ties_noun(token: &Token) -> bool {
    token.cues.has(Cue::Noun) || (token.what == What::Word && token.cues.has(Cue::Link))
}

/// True for what may stand between "asks for access to" and the names.
fn keeps_asked(token: &Token) -> bool {
    let bracket = matches!(token.what, What::Mark(Mark::Open | Mark::Close));
    bracket || keeps_noun(token) || token.cues.meets(Cues::of(&[Cue::Before, Cue::Whose]))
}

/// True when the word for access at `at` stands directly behind a name: "camera access", カメラへのアクセス.
fn ends_name(tokens: &[Token], at: usize) -> bool {
    let before = tokens.get(..at).unwrap_or_default();
    let name = before.iter().rev().find(|token| token.what != What::Word || !token.cues.has(Cue::Link));
    name.is_some_and(|token| matches!(token.what, What::Name(_)))
}

/// True for a token between which and the next word a new clause may begin.
fn parts_clauses(token: &Token) -> bool {
    matches!(token.what, What::Mark(_) | What::Separator) || token.cues.has(Cue::Resume)
}

/// 您使用地图时，…: whoever is spoken of next need not be named.
fn ends_time(token: &Token) -> bool {
    token.cues.has(Cue::When)
}

/// True when what stands behind the word for permission ties it to a name there: permissão de localização.
fn points_forward(behind: &[Token]) -> bool {
    let tie = |token: &&Token| token.what == What::Word && token.cues.meets(Cues::of(&[Cue::Link, Cue::Before]));
    let ties = behind.iter().take(TIES).take_while(tie).count();
    let linked = behind.iter().take(ties).any(|token| token.cues.has(Cue::Link));
    linked && behind.get(ties).is_some_and(|token| matches!(token.what, What::Name(_) | What::Constant))
}

/// Words that may stand between the word for permission and the first name behind it.
const TIES: usize = 4;

/// True for what may stand between the word for permission and its names.
fn keeps_noun(token: &Token) -> bool {
    match token.what {
        What::Name(_) | What::Constant | What::Separator | What::Platform(_) => true,
        What::Mark(mark) => matches!(mark, Mark::Comma | Mark::Quote | Mark::Colon),
        What::Word => token.cues.meets(Cues::of(&[Cue::Link, Cue::Such, Cue::Noun])),
    }
}

const BESIDE_BEFORE: Cues = Cues::of(&[
    Cue::Before,
    Cue::Such,
    Cue::Collect,
    Cue::Access,
    Cue::Use,
    Cue::Nominal,
    Cue::Enable,
    Cue::Weak,
    Cue::Send,
    Cue::Noun,
]);
const BESIDE_BEHIND: Cues = Cues::of(&[
    Cue::After,
    Cue::Noun,
    Cue::Post,
    Cue::PostAccess,
    Cue::End,
    Cue::Given,
    Cue::Negation,
    Cue::When,
    Cue::Own,
    Cue::You,
    Cue::Resume,
]);

/// True when only words stand beside the name that leave it what it is.
fn plain(tokens: &[Token], at: usize) -> bool {
    let free = |token: Option<&Token>, beside: Cues| {
        token.is_none_or(|token| match token.what {
            What::Mark(mark) => mark != Mark::Arrow,
            What::Name(_) | What::Separator | What::Platform(_) => true,
            What::Constant => false,
            What::Word => token.cues.meets(beside),
        })
    };
    // "Access to the camera" begins with its word for access, which stands behind any verb.
    let begins = tokens.get(at).is_some_and(|token| token.cues.has(Cue::Nominal));
    let before = at.checked_sub(1).and_then(|at| tokens.get(at)).filter(|_| !begins);
    free(before, BESIDE_BEFORE) && free(tokens.get(at + 1), BESIDE_BEHIND)
}

/// True for a step on the way through menus: Settings > Privacy > Location.
fn is_path(tokens: &[Token], at: usize) -> bool {
    let arrow = |token: Option<&Token>| token.is_some_and(|token| token.what == What::Mark(Mark::Arrow));
    arrow(at.checked_sub(1).and_then(|at| tokens.get(at))) || arrow(tokens.get(at + 1))
}

fn is_quoted(tokens: &[Token], at: usize) -> bool {
    let quote = |token: Option<&Token>| token.is_some_and(|token| token.what == What::Mark(Mark::Quote));
    quote(at.checked_sub(1).and_then(|at| tokens.get(at))) && quote(tokens.get(at + 1))
}

/// Open brackets whose evidence is kept. Real sentences have three.
const DEPTH: usize = 16;
