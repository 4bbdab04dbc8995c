//! One form into another: what lies in files, taken together, put in order and written anew.

mod heap;
pub mod pem;
mod select;

pub use heap::{Heap, HeapError};
pub use select::{Selected, Selection};
