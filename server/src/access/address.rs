//! Where a request comes from: the socket's other end, or what a trusted proxy says.

use std::net::IpAddr;

use axum::http::HeaderMap;
use ipnet::IpNet;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// Finds the client's address. `X-Forwarded-For` counts only as far as trusted proxies have written it: from its end to the
/// first address that is none of theirs.
pub fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|net| net.contains(&address.to_canonical()));
    let peer = peer.to_canonical();
    if !is_trusted(&peer) {
        return peer;
    }
    let hops = headers.get_all(FORWARDED_FOR).iter().rev();
    let hops = hops.flat_map(|value| value.to_str().unwrap_or_default().rsplit(','));
    let mut client = peer;
    for hop in hops {
        // What is no address was not written by a proxy of ours; nor is anything before it.
        let Ok(hop) = hop.trim().parse::<IpAddr>() else { return client };
        client = hop.to_canonical();
        if !is_trusted(&client) {
            return client;
        }
    }
    client
}

/// What counts as one place: an IPv4 address, or the /64 that one IPv6 customer has.
pub fn place(address: Option<IpAddr>) -> Option<IpAddr> {
    match address? {
        IpAddr::V4(address) => Some(address.into()),
        IpAddr::V6(address) => {
            let network = u128::from(address) & !u128::from(u64::MAX);
            Some(IpAddr::V6(network.into()))
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn found(peer: &str, forwarded: &[&'static str], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(FORWARDED_FOR, HeaderValue::from_static(value));
        }
        let trusted: Vec<IpNet> = trusted.iter().map(|net| net.parse().expect("a network")).collect();
        client_address(peer.parse().expect("an address"), &headers, &trusted).to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let proxies = ["10.0.0.0/8", "::1/128"];
        for (peer, forwarded, expected) in [
            ("203.0.113.9", &["198.51.100.1"][..], "203.0.113.9"),
            ("10.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            ("::ffff:10.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            ("::1", &["2001:db8::7"], "2001:db8::7"),
            ("10.0.0.1", &["6.6.6.6, 198.51.100.1, 10.0.0.2"], "198.51.100.1"),
            ("10.0.0.1", &["6.6.6.6, 198.51.100.1", "10.0.0.2"], "198.51.100.1"),
            ("10.0.0.1", &["nonsense, 10.0.0.3"], "10.0.0.3"),
            ("10.0.0.1", &["nonsense"], "10.0.0.1"),
            ("10.0.0.1", &[], "10.0.0.1"),
        ] {
            assert_eq!(found(peer, forwarded, &proxies), expected, "{peer} {forwarded:?}");
        }
        assert_eq!(found("10.0.0.1", &["198.51.100.1"], &[]), "10.0.0.1", "no proxy is trusted unless named");
    }

    #[test]
    fn one_ipv6_customer_is_one_place() {
        let place_of = |text: &str| place(Some(text.parse().expect("an address")));
        assert_eq!(place_of("2001:db8:1:2:aaaa::1"), place_of("2001:db8:1:2:bbbb::2"));
        assert_ne!(place_of("2001:db8:1:2::1"), place_of("2001:db8:1:3::1"));
        assert_ne!(place_of("192.0.2.1"), place_of("192.0.2.2"));
    }
}
