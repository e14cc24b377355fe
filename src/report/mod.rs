//! One file per output format over one frozen report.
