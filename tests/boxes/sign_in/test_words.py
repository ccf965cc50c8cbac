"""What signing in says, and what other packages say there, is Dutch to who reads Dutch."""


def test_a_page_in_dutch_says_nothing_in_english(client, ann):
    page = client.post(
        "/accounts/login/",
        {"login": "ann", "password": "fout"},
        headers={"Accept-Language": "nl"},
    ).text

    assert '<html lang="nl"' in page
    assert "De gebruikersnaam of het wachtwoord klopt niet." in page
    for english in ("Sign in", "Password", "Username"):
        assert english not in page


def test_a_password_that_will_not_do_is_refused_in_dutch(client, ann):
    client.force_login(ann)

    page = client.post(
        "/accounts/password/change/",
        {"oldpassword": "x", "password1": "kort1", "password2": "kort1"},
        headers={"Accept-Language": "nl"},
    ).text

    assert "Dit wachtwoord is te kort. Het moet minstens 8 tekens lang zijn." in page
    assert "too short" not in page
