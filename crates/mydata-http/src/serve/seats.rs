//! How many connections one address has.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// What is counted as one peer: an address, and of IPv6 the /64 network, since whoever has one address of it
/// has them all.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(four) => IpAddr::V4(four),
        IpAddr::V6(six) => IpAddr::V6(Ipv6Addr::from_bits(six.to_bits() & !u128::from(u64::MAX))),
    }
}

/// Connections by peer; as many rows as there are connections, at the most.
#[derive(Debug, Clone, Default)]
pub(super) struct Seats(Arc<Mutex<BTreeMap<IpAddr, usize>>>);

/// One connection of a peer, while it lasts.
#[derive(Debug)]
pub(super) struct Seat {
    seats: Seats,
    of: IpAddr,
}

impl Seats {
    /// One more of this peer, if it has less than `most`.
    pub(super) fn take(&self, address: IpAddr, most: usize) -> Option<Seat> {
        let of = network(address);
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.get(&of).copied().unwrap_or(0);
        if count >= most {
            return None;
        }
        taken.insert(of, count + 1);
        Some(Seat {
            seats: self.clone(),
            of,
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.0.lock().unwrap_or_else(PoisonError::into_inner);
        match taken.get_mut(&self.of) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                taken.remove(&self.of);
            }
        }
    }
}
