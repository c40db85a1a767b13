//! Times of day, or offsets inside an hour or a minute, as sets that are asked, counted and indexed without being listed.

use crate::sorting::each_once;

/// A set of seconds since a midnight, or since the beginning of an hour or a minute.
#[derive(Clone, Debug)]
pub(super) enum Times {
    /// Every combination of these hours, minutes and seconds.
    Product { hours: u64, minutes: u64, seconds: u64 },
    /// These, ascending: what positions have picked of a product.
    Listed(Box<[u32]>),
}

impl Times {
    pub(super) fn len(&self) -> u64 {
        match self {
            Self::Product { hours, minutes, seconds } => {
                u64::from(hours.count_ones())
                    * u64::from(minutes.count_ones())
                    * u64::from(seconds.count_ones())
            }
            Self::Listed(times) => times.len() as u64,
        }
    }

    /// The smallest member that is at least `from`.
    pub(super) fn next(&self, from: u32) -> Option<u32> {
        match self {
            Self::Product { hours, minutes, seconds } => {
                let (hour, minute, second) = split(from);
                if has(*hours, hour) {
                    if has(*minutes, minute)
                        && let Some(second) = next_bit(*seconds, second)
                    {
                        return Some(join(hour, minute, second));
                    }
                    if let Some(minute) = next_bit(*minutes, minute + 1) {
                        return Some(join(hour, minute, next_bit(*seconds, 0)?));
                    }
                }
                let hour = next_bit(*hours, hour + 1)?;
                Some(join(hour, next_bit(*minutes, 0)?, next_bit(*seconds, 0)?))
            }
            Self::Listed(times) => times.get(times.partition_point(|&time| time < from)).copied(),
        }
    }

    /// The largest member that is at most `to`.
    pub(super) fn previous(&self, to: u32) -> Option<u32> {
        match self {
            Self::Product { hours, minutes, seconds } => {
                let (hour, minute, second) = split(to);
                if has(*hours, hour) {
                    if has(*minutes, minute)
                        && let Some(second) = previous_bit(*seconds, second)
                    {
                        return Some(join(hour, minute, second));
                    }
                    if let Some(minute) = minute.checked_sub(1).and_then(|to| previous_bit(*minutes, to)) {
                        return Some(join(hour, minute, previous_bit(*seconds, 63)?));
                    }
                }
                let hour = previous_bit(*hours, hour.checked_sub(1)?)?;
                Some(join(hour, previous_bit(*minutes, 63)?, previous_bit(*seconds, 63)?))
            }
            Self::Listed(times) => {
                times.partition_point(|&time| time <= to).checked_sub(1).map(|last| times[last])
            }
        }
    }

    /// How many members are smaller than `than`.
    pub(super) fn rank(&self, than: u32) -> u64 {
        match self {
            Self::Product { hours, minutes, seconds } => {
                let (hour, minute, second) = split(than);
                let ones = |bits: u64| u64::from(bits.count_ones());
                let (per_minute, per_hour) = (ones(*seconds), ones(*minutes) * ones(*seconds));
                let mut rank = ones(*hours & below(hour)) * per_hour;
                if has(*hours, hour) {
                    rank += ones(*minutes & below(minute)) * per_minute;
                    if has(*minutes, minute) {
                        rank += ones(*seconds & below(second));
                    }
                }
                rank
            }
            Self::Listed(times) => times.partition_point(|&time| time < than) as u64,
        }
    }

    /// The member with this number, counted from 0.
    pub(super) fn nth(&self, number: u64) -> Option<u32> {
        match self {
            Self::Product { hours, minutes, seconds } => {
                let (in_minute, minutes_in_hour) =
                    (u64::from(seconds.count_ones()), u64::from(minutes.count_ones()));
                if number >= self.len() {
                    return None;
                }
                let second = nth_bit(*seconds, number % in_minute)?;
                let minute = nth_bit(*minutes, number / in_minute % minutes_in_hour)?;
                let hour = nth_bit(*hours, number / in_minute / minutes_in_hour)?;
                Some(join(hour, minute, second))
            }
            Self::Listed(times) => times.get(usize::try_from(number).ok()?).copied(),
        }
    }

    /// The members at these positions, counted from 1, or from the end with −1.
    pub(super) fn at_positions(&self, positions: &[i16]) -> Self {
        let times: Vec<u32> = positions
            .iter()
            .filter_map(|&position| place(position, self.len()))
            .filter_map(|number| self.nth(number))
            .collect();
        Self::Listed(each_once(times, u32::cmp).into())
    }
}

/// The number, counted from 0, of a position among `len` things; nothing if there are not as many.
pub(super) fn place(position: i16, len: u64) -> Option<u64> {
    let distance = u64::from(position.unsigned_abs());
    if position > 0 { (distance <= len).then(|| distance - 1) } else { len.checked_sub(distance) }
}

fn split(time: u32) -> (u32, u32, u32) {
    (time / 3600, time / 60 % 60, time % 60)
}

fn join(hour: u32, minute: u32, second: u32) -> u32 {
    hour * 3600 + minute * 60 + second
}

pub(super) fn has(bits: u64, at: u32) -> bool {
    at < 64 && bits >> at & 1 == 1
}

/// The bits below this one.
pub(super) fn below(at: u32) -> u64 {
    if at < 64 { (1 << at) - 1 } else { u64::MAX }
}

pub(super) fn next_bit(bits: u64, from: u32) -> Option<u32> {
    let rest = bits & !below(from);
    (rest != 0).then(|| rest.trailing_zeros())
}

pub(super) fn previous_bit(bits: u64, to: u32) -> Option<u32> {
    let rest = bits & below(to + 1);
    (rest != 0).then(|| 63 - rest.leading_zeros())
}

pub(super) fn nth_bit(mut bits: u64, number: u64) -> Option<u32> {
    for _ in 0..number {
        bits &= bits.wrapping_sub(1);
    }
    (bits != 0).then(|| bits.trailing_zeros())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_and_the_list_of_its_members_answer_alike() {
        let product = Times::Product {
            hours: 1 << 9 | 1 << 17 | 1 << 23,
            minutes: 1 | 1 << 30,
            seconds: 1 << 5 | 1 << 59,
        };
        let members: Vec<u32> = (0..86_400).filter(|&time| product.next(time) == Some(time)).collect();
        assert_eq!((members.len() as u64, product.len()), (12, 12));
        let listed = Times::Listed(members.clone().into());
        for time in (0..86_400).step_by(7).chain(members.iter().flat_map(|&time| [time - 1, time, time + 1]))
        {
            assert_eq!(product.next(time), listed.next(time), "{time}");
            assert_eq!(product.previous(time), listed.previous(time), "{time}");
            assert_eq!(product.rank(time), listed.rank(time), "{time}");
        }
        for number in 0..14 {
            assert_eq!(product.nth(number), listed.nth(number), "{number}");
        }
    }

    #[test]
    fn positions_count_from_either_end_and_pick_nothing_beyond() {
        let times = Times::Product { hours: 0b111, minutes: 1, seconds: 1 };
        let Times::Listed(picked) = times.at_positions(&[-4, -3, 1, 3, 4]) else { unreachable!() };
        assert_eq!(&*picked, [0, 7200]);
    }
}
