//! Returns every byte.

use engine::{Opened, Out, Service, Services};

/// Returns every byte, and closes once the peer has closed and everything has gone back.
///
/// It keeps nothing: what the peer does not take stays in the engine's bounded buffer, and the peer is not read
/// meanwhile.
#[derive(Debug, Clone, Copy, Default)]
pub struct Echo;

impl Services for Echo {
    fn open(&mut self, _opened: &Opened<'_>) -> Box<dyn Service> {
        Box::new(Self)
    }
}

impl Service for Echo {
    fn on_data(&mut self, data: &[u8], out: &mut Out<'_>) {
        out.write(data);
    }
}
