//! Runs benchmarks: for their time, or a given number of times for somebody who counts instructions.

use std::hint::black_box;
use std::time::{Duration, Instant};

use serde_json::json;

/// One thing that is measured.
#[derive(Clone, Copy)]
pub(crate) struct Bench {
    /// What is done, as a person would say it.
    pub(crate) name: &'static str,
    /// How often it is done in each call of what `make` makes.
    pub(crate) times: u32,
    /// Prepares it.
    pub(crate) make: fn() -> Work,
}

/// Does it, and measures the part that counts.
pub(crate) type Work = Box<dyn FnMut(&mut Watch)>;

/// The time of what is measured.
#[derive(Default)]
pub(crate) struct Watch(Duration);

impl Watch {
    pub(crate) fn measure<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = measured(work);
        self.0 += start.elapsed();
        result
    }
}

/// By this name callgrind knows what to count.
#[inline(never)]
fn measured<T>(work: impl FnOnce() -> T) -> T {
    black_box(work())
}

/// Samples of each, of which the middle one is the figure.
const SAMPLES: usize = 15;
/// The measured time of a sample.
const SAMPLE: Duration = Duration::from_millis(20);

/// `[FILTER]` measures, a JSON document a line; `--count NAME CALLS` calls one so often; `--list` names them.
pub(crate) fn run(benches: &[Bench]) {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["--list"] => {
            benches.iter().for_each(|bench| println!("{}", json!({ "name": bench.name, "times": bench.times })))
        }
        ["--count", name, calls] => {
            let bench = benches.iter().find(|bench| bench.name == name).unwrap();
            let mut work = (bench.make)();
            for _ in 0..calls.parse().unwrap() {
                work(&mut Watch::default());
            }
        }
        _ => {
            let filter = arguments.first().copied().unwrap_or_default();
            benches.iter().filter(|bench| bench.name.contains(filter)).for_each(measure);
        }
    }
}

fn measure(bench: &Bench) {
    let mut work = (bench.make)();
    let mut sample = |calls: u32| {
        let mut watch = Watch::default();
        (0..calls).for_each(|_| work(&mut watch));
        watch.0
    };
    let mut calls = 1;
    while sample(calls) < SAMPLE {
        calls *= 2;
    }
    let nanoseconds = |spent: Duration| spent.as_nanos() as f64 / f64::from(calls) / f64::from(bench.times);
    let mut samples: Vec<f64> = (0..SAMPLES).map(|_| nanoseconds(sample(calls))).collect();
    samples.sort_by(f64::total_cmp);
    let (median, least, most) = (samples[SAMPLES / 2], samples[0], samples[SAMPLES - 1]);
    println!("{}", json!({ "name": bench.name, "nanoseconds": { "median": median, "least": least, "most": most } }));
}
