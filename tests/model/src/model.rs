//! Store, shell, dispatcher and receiver of one account and one service, as small as they can be.
//!
//! Requests have a name each and come as often as anybody likes, to two shells that have caches and
//! crash. Two dispatchers read from one cursor, hand over, and move it. A message is handed over, or
//! lost, or handed over without an answer, or a copy of it arrives at any later time. The receiver takes
//! what is next, knows what it has, and doubts when it sees a gap.

/// What is left out, to see that it is missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Flaw {
    /// Nothing.
    None,
    /// A decision is stored whatever the version is.
    NoVersion,
    /// A request that was stored is stored again.
    NoKey,
    /// An answer is given before it is stored.
    EarlyAnswer,
    /// A refusal is given on a cached account.
    StaleRefusal,
    /// The cursor moves before the acknowledgement.
    EarlyCursor,
}

impl Flaw {
    /// Each that must be found.
    pub(crate) const ALL: [Self; 5] = [
        Self::NoVersion,
        Self::NoKey,
        Self::EarlyAnswer,
        Self::StaleRefusal,
        Self::EarlyCursor,
    ];
}

/// What a consent is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Phase {
    Active,
    Paused,
    Withdrawn,
}

/// What request number `key` asks: a pause, its end, a token, and at last the withdrawal.
const fn after(phase: Phase, key: u8, keys: usize) -> Option<Phase> {
    let is_last = key as usize + 1 == keys;
    match (phase, key % 3) {
        (Phase::Active | Phase::Paused, _) if is_last => Some(Phase::Withdrawn),
        (Phase::Active, 0) => Some(Phase::Paused),
        (Phase::Active, 2) => Some(Phase::Active),
        (Phase::Paused, 1) => Some(Phase::Active),
        _ => None,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Work {
    Idle,
    Decided { key: u8, at: u8 },
    Stored { key: u8, version: u8 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Shell {
    /// The version in its cache.
    cached: Option<u8>,
    work: Work,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Lane {
    Idle,
    /// It has read the cursor.
    From(u8),
    /// What is behind the cursor was acknowledged.
    Acknowledged(u8),
}

/// Everything, with this many requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct State<const KEYS: usize> {
    /// Which requests are stored, in order; `len` of them.
    entries: [u8; KEYS],
    len: u8,
    /// What the consent is after each of them, and before.
    phases: [Phase; KEYS],
    /// The version that was answered; zero for none.
    answered: [u8; KEYS],
    cursor: u8,
    shells: [Shell; 2],
    lanes: [Lane; 2],
    /// Copies of messages that are still under way.
    late: [bool; KEYS],
    /// So many messages the receiver has.
    held: u8,
    doubts: bool,
}

/// How many different steps there are.
#[must_use]
pub(crate) const fn steps(keys: usize) -> u8 {
    2 * (4 + keys as u8) + 2 * 7 + keys as u8 + 2
}

/// What became of a step.
pub(crate) type Stepped = Result<bool, &'static str>;

impl<const KEYS: usize> State<KEYS> {
    /// Nothing has happened.
    #[must_use]
    pub(crate) const fn new() -> Self {
        let shell = Shell {
            cached: None,
            work: Work::Idle,
        };
        Self {
            entries: [u8::MAX; KEYS],
            len: 0,
            phases: [Phase::Active; KEYS],
            answered: [0; KEYS],
            cursor: 0,
            shells: [shell; 2],
            lanes: [Lane::Idle; 2],
            late: [false; KEYS],
            held: 0,
            doubts: false,
        }
    }

    const fn phase(&self, version: u8) -> Phase {
        match version {
            0 => Phase::Active,
            version => self.phases[version as usize - 1],
        }
    }

    /// The version at which a request is stored; zero for none.
    fn stored(&self, key: u8) -> u8 {
        let mut version = 0;
        while version < self.len {
            if self.entries[version as usize] == key {
                return version + 1;
            }
            version += 1;
        }
        0
    }

    /// Does a step, when it can be done now: then `true`. What must not be is an error.
    ///
    /// # Errors
    /// The rule that is broken.
    pub(crate) fn step(&mut self, step: u8, flaw: Flaw) -> Stepped {
        let shell_steps = 4 + KEYS as u8;
        if step < 2 * shell_steps {
            return self.shell((step / shell_steps) as usize, step % shell_steps, flaw);
        }
        let step = step - 2 * shell_steps;
        if step < 14 {
            return self.lane((step / 7) as usize, step % 7, flaw);
        }
        match step - 14 {
            late if late < KEYS as u8 => {
                let was_under_way = std::mem::take(&mut self.late[late as usize]);
                if was_under_way {
                    self.arrives(late + 1)?;
                }
                Ok(was_under_way)
            }
            // The receiver asks what it has missed.
            pull if pull == KEYS as u8 => {
                let does = self.doubts;
                self.held = if does { self.len } else { self.held };
                self.doubts = false;
                Ok(does)
            }
            // The receiver was started again.
            _ => Ok(!std::mem::replace(&mut self.doubts, true)),
        }
    }

    fn shell(&mut self, number: usize, step: u8, flaw: Flaw) -> Stepped {
        let Shell { cached, work } = self.shells[number];
        match (step, work) {
            // The account is read.
            (0, Work::Idle) if cached != Some(self.len) => {
                self.shells[number].cached = Some(self.len);
                Ok(true)
            }
            (1, Work::Decided { key, at }) => self.append(number, key, at, flaw),
            (2, Work::Stored { key, version }) => {
                let before = std::mem::replace(&mut self.answered[key as usize], version);
                self.shells[number].work = Work::Idle;
                if before != 0 && before != version {
                    return Err("a request got another answer");
                }
                if self.stored(key) != version {
                    return Err("what was acknowledged is not stored");
                }
                Ok(true)
            }
            // The process ends.
            (3, _) if cached.is_some() || work != Work::Idle => {
                self.shells[number] = Shell {
                    cached: None,
                    work: Work::Idle,
                };
                Ok(true)
            }
            (key, Work::Idle) if key >= 4 => self.decide(number, key - 4, flaw),
            _ => Ok(false),
        }
    }

    fn decide(&mut self, number: usize, key: u8, flaw: Flaw) -> Stepped {
        let Some(mut at) = self.shells[number].cached else {
            return Ok(false);
        };
        let mut next = after(self.phase(at), key, KEYS);
        if next.is_none() && flaw != Flaw::StaleRefusal {
            at = self.len;
            self.shells[number].cached = Some(at);
            next = after(self.phase(at), key, KEYS);
        }
        if next.is_some() {
            self.shells[number].work = match flaw {
                Flaw::EarlyAnswer => {
                    self.answered[key as usize] = at + 1;
                    Work::Decided { key, at }
                }
                _ => Work::Decided { key, at },
            };
            return Ok(true);
        }
        let version = self.stored(key);
        if version > 0 {
            self.shells[number].work = Work::Stored { key, version };
        } else if after(self.phase(self.len), key, KEYS).is_some() {
            return Err("a refusal was given on what is old");
        }
        Ok(version > 0)
    }

    fn append(&mut self, number: usize, key: u8, at: u8, flaw: Flaw) -> Stepped {
        let known = self.stored(key);
        if known > 0 && flaw != Flaw::NoKey {
            self.shells[number].work = Work::Stored {
                key,
                version: known,
            };
            return Ok(true);
        }
        if at != self.len && flaw != Flaw::NoVersion {
            self.shells[number] = Shell {
                cached: Some(self.len),
                work: Work::Idle,
            };
            return Ok(true);
        }
        if known > 0 {
            return Err("a request was stored twice");
        }
        let Some(phase) = after(self.phase(self.len), key, KEYS) else {
            return Err("something was stored on what it was not decided on");
        };
        self.entries[self.len as usize] = key;
        self.phases[self.len as usize] = phase;
        self.len += 1;
        let version = self.len;
        self.shells[number] = Shell {
            cached: Some(version),
            work: Work::Stored { key, version },
        };
        Ok(true)
    }

    fn lane(&mut self, number: usize, step: u8, flaw: Flaw) -> Stepped {
        match (step, self.lanes[number]) {
            (0, Lane::Idle) if self.cursor < self.len => {
                self.lanes[number] = Lane::From(self.cursor);
                Ok(true)
            }
            // Handed over, and acknowledged.
            (1, Lane::From(from)) => {
                self.lanes[number] = Lane::Acknowledged(from);
                self.arrives(from + 1)
            }
            // Handed over, and the answer is lost.
            (2, Lane::From(from)) => self.arrives(from + 1),
            // A copy is under way.
            (3, Lane::From(from)) => Ok(!std::mem::replace(&mut self.late[from as usize], true)),
            (4, Lane::Acknowledged(from)) => self.advance(number, from),
            (4, Lane::From(from)) if flaw == Flaw::EarlyCursor => self.advance(number, from),
            // The process ends.
            (5, Lane::From(_) | Lane::Acknowledged(_)) => {
                self.lanes[number] = Lane::Idle;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    fn advance(&mut self, number: usize, from: u8) -> Stepped {
        self.lanes[number] = Lane::Idle;
        if self.cursor == from {
            self.cursor += 1;
            if self.held < self.cursor {
                return Err("the cursor has passed what was not delivered");
            }
        }
        Ok(true)
    }

    /// The receiver is given a message.
    fn arrives(&mut self, number: u8) -> Stepped {
        let before = self.phase(self.held);
        if number == self.held + 1 {
            self.held = number;
        } else if number > self.held {
            self.doubts = true;
        }
        if before == Phase::Withdrawn && self.phase(self.held) != Phase::Withdrawn {
            return Err("a withdrawn consent was permitted");
        }
        Ok(true)
    }

    /// What holds at every moment.
    ///
    /// # Errors
    /// The rule that is broken.
    pub(crate) fn holds(&self) -> Result<(), &'static str> {
        let mut phase = Phase::Active;
        for (place, &key) in self.entries.iter().take(self.len as usize).enumerate() {
            if self.stored(key) as usize != place + 1 {
                return Err("a request is stored twice");
            }
            phase = after(phase, key, KEYS).ok_or("a decision does not follow")?;
        }
        for (key, &version) in self.answered.iter().enumerate() {
            if version != 0 && self.stored(key as u8) != version {
                return Err("what was acknowledged is not stored");
            }
        }
        match self.held < self.cursor || self.held > self.len {
            true => Err("the cursor and the receiver do not agree"),
            false => Ok(()),
        }
    }

    /// Nobody crashes any more: everything is delivered, and known.
    ///
    /// # Errors
    /// The rule that is broken.
    pub(crate) fn calms(mut self) -> Result<(), &'static str> {
        self.lanes = [Lane::Idle; 2];
        while self.cursor < self.len {
            for step in [0, 1, 4] {
                self.lane(0, step, Flaw::None)?;
            }
        }
        self.holds()?;
        match self.held == self.len {
            true => Ok(()),
            false => Err("something was never delivered"),
        }
    }
}

impl<const KEYS: usize> Default for State<KEYS> {
    fn default() -> Self {
        Self::new()
    }
}
