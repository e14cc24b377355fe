//! What was typed, as a plan. Touches no file.
