import pytest

from workflows.adapters.outbound_target import parse_target


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("http://Example.COM", "http://example.com/"),
        ("HTTPS://example.com:443/a", "https://example.com/a"),
        ("http://example.com:443/a", "http://example.com:443/a"),
        ("http://example.com:/a", "http://example.com/a"),
        ("http://[0:0::1]:8080/", "http://[::1]:8080/"),
        ("http://Bücher.example/", "http://xn--bcher-kva.example/"),
        ("http://a_b.example/ä b/%20?x=ü y#part", "http://a_b.example/%C3%A4%20b/%20?x=%C3%BC%20y"),
        ("http://example.com?a=http://[::1]/", "http://example.com/?a=http://%5B::1%5D/"),
        ("http://example.com/@b\\c", "http://example.com/@b%5Cc"),
    ],
)
def test_url_is_read_and_encoded(url: str, read: str) -> None:
    assert parse_target(url).url == read


def test_relative_url_is_read_from_its_base() -> None:
    assert parse_target("../c?d", base="https://example.com/a/b/x?y").url == "https://example.com/a/c?d"
    assert parse_target("//other.example/", base="https://example.com/").url == "https://other.example/"


def test_query_is_left_out_of_what_is_shown() -> None:
    target = parse_target("http://example.com:81/a?token=hunter2", [("key", "hunter2")])
    assert target.resource == "/a?token=hunter2&key=hunter2"
    assert str(target) == "http://example.com:81/a"
    assert "hunter2" not in repr(target)


def test_long_path_is_shown_up_to_a_slash() -> None:
    """What is a secret in it is shown, and masked, as a whole or not at all."""
    before = "http://example.com/" + "a" * 190
    assert str(parse_target(f"{before}/hunter2-hunter2")) == f"{before}/..."
    assert str(parse_target(f"{before}hunter2-hunter2")) == "http://example.com/..."
    assert str(parse_target(f"{before}/hunter2")) == f"{before}/hunter2"


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_INFO",
        "javascript:alert(1)",
        "//example.com/",
        "/path",
        "",
        "http:///path",
        "http://",
        "http:example.com",
        "http://user:hunter2@example.com/",
        "http://hunter2@example.com/",
        "http://@example.com/",
        "http://example.com\\@127.0.0.1/",
        "http://127.0.0.1\\.example.com/",
        "http://example.com:0/",
        "http://example.com:65536/",
        "http://example.com:-1/",
        "http://example.com:http/",
        "http://example.com:80:80/",
        "http://[::1/",
        "http://[::1]x/",
        "http://x[::1]/",
        "http://[::1%25lo]/",
        "http://[v1.a]/",
        "http://%31%32%37.0.0.1/",
        "http://a..b/",
        "http://.a/",
        "http://./",
        "http://a b/",
        "http://℀.example.com/",
        "http://" + "a" * 64 + ".com/",
        "http://example.com/\r\nHost: evil",
        "http://example.com/\x00",
        "http://exam\tple.com/",
        "http://example.com/?a=\x7f",
        "http://example.com/\ud800",
        "http://example.com/" + "a" * 8_200,
        "http://example.com/" + "ä" * 4_000,
    ],
)
def test_url_is_refused_without_being_quoted(url: str) -> None:
    with pytest.raises(ValueError, match=r"^(is longer|holds|has|cannot be read)") as caught:
        parse_target(url)
    assert "hunter2" not in str(caught.value)
