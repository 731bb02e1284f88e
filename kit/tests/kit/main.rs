//! Tests of the kit from outside: what it builds and observes, what it says about what is wrong, what C programs see.

mod bulk;
mod canonical_text;
mod differences;
mod digests;
mod functions;
mod layouts;
mod malformed;
mod natural_values;
mod parse_errors;
mod round_trip;
mod samples;
mod second_opinion;
mod serve;
