from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.reach import network
from worker.reach.network import NotAllowedError, Reach, Target, parse, redirected, resolve


@pytest.mark.parametrize(
    "address",
    [
        "",
        "file:///etc/passwd",
        "FILE:///etc/passwd",
        "concat:http://a|file:///etc/passwd",
        "hls://file:///etc/passwd",
        "httpstream://http://a/ method=POST",
        "http://a/x method=POST",
        "http://a/\r\nHost: b",
        "http://a/\tx",
        "http://a/\u00a0x",
        "ftp://a/x",
        "//a/x",
        "http:///x",
        "http://a:99999/x",
        "http://[::1/x",
        "http://[fe80::1%25eth0]/",
        "rtsp://" + "a" * 2_001,
        "/etc/passwd",
        "data:text/plain,x",
    ],
)
def test_an_address_no_camera_can_have_is_refused(address):
    with pytest.raises(NotAllowedError):
        parse(address)


def test_user_and_password_are_taken_out_of_the_address():
    target = parse("RTSP://som%40chai:p%3Ass@cam.example:8554/live?channel=1#x")
    assert target == Target("rtsp", "cam.example", 8554, "/live?channel=1", "som@chai", "p:ss")
    assert target.url == "rtsp://cam.example:8554/live?channel=1"


def test_the_usual_port_of_each_scheme_is_filled_in():
    assert [parse(f"{s}://a").port for s in ("rtsp", "rtsps", "http", "https")] == [554, 322, 80, 443]
    assert parse("http://[2001:db8::5]:80/x").url == "http://[2001:db8::5]/x"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.9.9.9",
        "0.0.0.0",
        "0.1.2.3",
        "169.254.169.254",
        "224.0.0.1",
        "255.255.255.255",
        "100.100.100.200",
        "::",
        "::1",
        "fe80::1",
        "ff02::1",
        "fd00:ec2::254",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:7f00:1:0:0:80ff:fffe",
        "not an address",
    ],
)
def test_without_listed_networks_only_others_unicast_addresses_are_cameras(address):
    assert not Reach().allows(address)


@pytest.mark.parametrize(
    "address", ["10.1.2.3", "192.168.1.64", "203.0.113.9", "2001:db8::5", "fd12::7", "::ffff:10.1.2.3"]
)
def test_private_and_public_addresses_may_be_cameras(address):
    assert Reach().allows(address)


def test_this_hosts_own_address_is_no_camera(monkeypatch):
    monkeypatch.setattr(network, "_is_own", lambda address: address == "10.1.2.3")
    assert not Reach().allows("10.1.2.3")
    assert not Reach().allows("::ffff:10.1.2.3")
    assert Reach((ip_network("10.0.0.0/8"),)).allows("10.1.2.3")


def test_what_can_be_bound_is_our_own():
    assert network._is_own("127.0.0.1")
    assert not network._is_own("203.0.113.9")


def test_listed_networks_are_the_only_ones_and_win_over_loopback():
    reach = Reach((ip_network("127.0.0.1/32"), ip_network("10.20.0.0/16")))
    assert reach.allows("127.0.0.1")
    assert reach.allows("::ffff:127.0.0.1")
    assert reach.allows("10.20.30.40")
    assert not reach.allows("127.0.0.2")
    assert not reach.allows("203.0.113.9")
    assert not Reach((ip_network("0.0.0.0/0"),)).allows("0.0.0.0")  # a wildcard names no camera


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_hidden_in_ipv6_is_allowed_only_if_it_is_itself(address):
    reach = Reach((ip_network("10.0.0.0/8"), ip_network("2002::/16"), ip_network("64:ff9b::/96")))
    plain = reach.allows(str(address))
    assert reach.allows(f"::ffff:{address}") == plain
    assert reach.allows(f"64:ff9b::{address}") == plain


@pytest.mark.parametrize("host", ["localhost", "2130706433", "0x7f000001", "127.1", "0"])
async def test_other_spellings_of_this_machine_are_refused_once_resolved(host):
    with pytest.raises(NotAllowedError):
        await resolve(host, 80, Reach())


async def test_one_bad_answer_among_good_ones_refuses_the_name(monkeypatch):
    import asyncio

    async def two(*_, **__):
        return [(2, 1, 6, "", ("203.0.113.9", 80)), (2, 1, 6, "", ("127.0.0.1", 80))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", two)
    with pytest.raises(NotAllowedError, match=r"127\.0\.0\.1"):
        await resolve("cam.example", 80, Reach())


def test_a_redirect_keeps_the_password_only_on_the_same_door():
    target = parse("http://u:p@cam.example/a")
    assert redirected(target, "/b").user == "u"
    assert redirected(target, "http://other.example/b").user is None
    assert redirected(target, "https://cam.example/b").user is None
    with pytest.raises(NotAllowedError):
        redirected(target, "file:///etc/passwd")


@pytest.mark.parametrize(
    "rest",
    [
        "://cam/a",
        "://10.1.2.3:554/a?b=c&d",
        "://cam:0/a",
        "://cam:59999/a//b;c",
        "://cam:60000/ก",
        "://cam/a?",
        "://c/",
    ],
)
def test_a_plain_address_is_read_as_any_other(rest: str):
    for scheme in ("http", "https", "rtsp", "rtsps"):
        assert parse(scheme + rest) == parse(scheme.upper() + rest)


@pytest.mark.parametrize("address", ["http://cam:65536/a", "http://cam:99999/a", "rtsp://:554/a", "ftp://cam/a"])
def test_a_plain_address_that_is_none_is_refused(address: str):
    with pytest.raises(NotAllowedError):
        parse(address)
