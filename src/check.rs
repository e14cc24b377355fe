//! The pipeline: open, declare, disclose, pair, judge.
