//! Sorting for what is not hot. The standard library's sorts are copied for every type, and take a tenth of the browser build with
//! them; this one is compiled once.

use std::cmp::Ordering;

/// The items in order; equal ones stay as they were. O(n log n).
pub(crate) fn sorted<T>(mut items: Vec<T>, compare: impl Fn(&T, &T) -> Ordering) -> Vec<T> {
    let order = order_of(items.len(), &|a, b| compare(&items[a], &items[b]));
    rearrange(order, &mut |a, b| items.swap(a, b));
    items
}

/// The items in order, of equal ones the first. O(n log n).
pub(crate) fn each_once<T>(items: Vec<T>, compare: impl Fn(&T, &T) -> Ordering) -> Vec<T> {
    let mut items = sorted(items, &compare);
    let mut kept = 0;
    for place in 0..items.len() {
        if kept == 0 || compare(&items[kept - 1], &items[place]).is_ne() {
            items.swap(kept, place);
            kept += 1;
        }
    }
    items.truncate(kept);
    items
}

/// Takes every item to its place, `order[place]` being where it stands, along the circles in which they displace each other.
fn rearrange(mut order: Vec<usize>, swap: &mut dyn FnMut(usize, usize)) {
    for start in 0..order.len() {
        let mut place = start;
        loop {
            let from = std::mem::replace(&mut order[place], place);
            if from == start {
                break;
            }
            swap(place, from);
            place = from;
        }
    }
}

/// The positions `0..len` in order, by merging ever longer runs.
fn order_of(len: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..len).collect();
    let mut merged = Vec::with_capacity(len);
    let mut run = 1;
    while run < len {
        merged.clear();
        for start in (0..len).step_by(2 * run) {
            let (middle, end) = ((start + run).min(len), (start + 2 * run).min(len));
            let (mut left, mut right) = (start, middle);
            while left < middle || right < end {
                let takes_right = left == middle || right < end && compare(order[right], order[left]).is_lt();
                let from = if takes_right { &mut right } else { &mut left };
                merged.push(order[*from]);
                *from += 1;
            }
        }
        std::mem::swap(&mut order, &mut merged);
        run *= 2;
    }
    order
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_sorts_as_the_standard_library_does(items in prop::collection::vec((0_u8..9, any::<u8>()), 0..200)) {
            let mut expected = items.clone();
            expected.sort_by_key(|item| item.0);
            prop_assert_eq!(sorted(items.clone(), |a, b| a.0.cmp(&b.0)), expected.clone());
            expected.dedup_by_key(|item| item.0);
            prop_assert_eq!(each_once(items, |a, b| a.0.cmp(&b.0)), expected);
        }
    }
}
