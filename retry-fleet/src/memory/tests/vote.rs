use super::*;
use crate::wire::{Kind, VoteAnswer};

#[test]
fn two_voters_open_a_breaker() {
    let mut server = Server::new();
    server.beat("i1");
    let reply = server.vote("v1");
    assert_eq!(reply.answer, VoteAnswer::Counted);
    // The two sharers are the instance that sent the beat and the voter.
    assert_eq!((reply.votes, reply.sharers, reply.alive, reply.standing), (1, 2, 1, None));

    server.wait(5);
    let reply = server.vote("v2");
    let opened = open_register(NOW + 5, NOW + 5 + OPEN_FOR, 0);
    assert_eq!(reply.answer, VoteAnswer::Opened);
    assert_eq!((reply.votes, reply.sharers, reply.alive), (2, 3, 1));
    assert_eq!(reply.standing, standing(opened, OPEN_FOR));
    assert_eq!(server.register("llm"), Some(opened));
    assert_eq!(server.members(":v:llm"), [], "opening deletes the votes");
    let push = Push {
        epoch: NOW + 5,
        state: State::Open,
        left: Duration::from_millis(OPEN_FOR),
        failed: 0,
        kind: Kind::Opened,
        name: "llm".to_owned(),
    };
    assert_eq!(server.pushes(), [push]);

    let reply = server.vote("v3");
    assert_eq!((reply.answer, reply.votes), (VoteAnswer::Open, 0));
}

#[test]
fn one_voter_counts_once() {
    let mut server = Server::new();
    for _ in 0..3 {
        let reply = server.vote("v1");
        assert_eq!((reply.answer, reply.votes), (VoteAnswer::Counted, 1));
    }
}

#[test]
fn a_vote_counts_for_its_window_at_most_60_s() {
    let voted = |window, wait| {
        let mut server = Server::new();
        server.send_vote(Vote { window: Duration::from_millis(window), ..vote_of("v1") });
        server.wait(wait);
        server.vote("v2").answer
    };
    assert_eq!(voted(10_000, 9_999), VoteAnswer::Opened);
    assert_eq!(voted(10_000, 10_000), VoteAnswer::Counted);
    assert_eq!(voted(HOUR, 59_999), VoteAnswer::Opened);
    assert_eq!(voted(HOUR, 60_000), VoteAnswer::Counted);
}

#[test]
fn a_vote_that_is_stored_too_far_ahead_is_cut() {
    let mut server = Server::new();
    server.memory.store.zadd(&key(":v:llm"), NOW + DAY, b"0|v9");
    let withdraw = Vote { cast: false, ..vote_of("v1") };
    server.vote("v1");
    server.send_vote(withdraw);
    assert!(server.members(":v:llm").is_empty(), "the quorum was reached");

    server.memory.store.zadd(&key(":v:mail"), NOW + DAY, b"0|v9");
    let vote = Vote { breaker: "mail".to_owned(), quorum: 3, ..vote_of("v1") };
    server.send_vote(vote);
    assert!(server.members(":v:mail").contains(&("0|v9".to_owned(), at(NOW + 60_000))));
}

#[test]
fn a_vote_of_another_epoch_does_not_count() {
    let closed = Register::closed(NOW - 9);
    let mut server = Server::new().knows("llm", &closed.to_string());
    let reply = server.send_vote(Vote { epoch: NOW - 10, ..vote_of("v1") });
    assert_eq!(reply.answer, VoteAnswer::OtherEpoch);
    assert_eq!(reply.standing, standing(closed, 0));
    assert_eq!(server.members(":v:llm"), []);

    // Votes that were cast before the closing and not deleted with it.
    server.memory.store.zadd(&key(":v:llm"), NOW + 10_000, b"0|v2");
    server.memory.store.zadd(&key(":v:llm"), NOW + 10_000, b"1|v3");
    let reply = server.vote("v1");
    assert_eq!((reply.answer, reply.votes), (VoteAnswer::Counted, 1));
    assert_eq!(server.members(":v:llm").len(), 1);
}

#[test]
fn without_a_register_a_vote_of_any_epoch_counts() {
    let mut server = Server::new();
    let (first, second) = (vote_of("v1"), Vote { epoch: NOW - HOUR, ..vote_of("v2") });
    assert_eq!(server.send_vote(first).answer, VoteAnswer::Counted);
    assert_eq!(server.send_vote(second).answer, VoteAnswer::Opened);
}

#[test]
fn a_withdrawn_vote_does_not_count() {
    let mut server = Server::new();
    server.vote("v1");
    let withdrawn = server.send_vote(Vote { cast: false, ..vote_of("v1") });
    assert_eq!(withdrawn.answer, VoteAnswer::Withdrawn);
    assert_eq!(server.vote("v2").answer, VoteAnswer::Counted);
}

#[test]
fn the_only_voter_is_enough_after_three_beats() {
    let mut server = Server::new();
    server.beat("i1");
    let vote = || vote_of(&voter("i1"));
    assert_eq!(server.send_vote(vote()).answer, VoteAnswer::Counted);
    server.wait(5_999);
    server.beat("i1");
    assert_eq!(server.send_vote(vote()).answer, VoteAnswer::Counted);
    server.wait(1);
    assert_eq!(server.send_vote(vote()).answer, VoteAnswer::Opened);
}

#[test]
fn a_voter_is_not_the_only_one_until_the_other_is_gone() {
    let mut server = Server::new();
    server.beat("i1");
    server.beat("i2");
    for (wait, answer) in [(5_999, VoteAnswer::Counted), (1, VoteAnswer::Opened)] {
        server.wait(wait);
        server.beat("i1");
        assert_eq!(server.send_vote(vote_of(&voter("i1"))).answer, answer);
    }
}

#[test]
fn a_voter_that_is_gone_does_not_share() {
    let mut server = Server::new();
    server.beat("i1");
    server.wait(6_000);
    assert_eq!(server.vote("v1").sharers, 1, "removed by the vote");

    server.beat("i2");
    server.wait(6_000);
    server.beat("i3");
    let sharers = server.members(":w:llm");
    assert_eq!(sharers, [(voter("i3"), at(server.now + 6_000))], "removed by the beat");
}

#[test]
fn one_who_shares_another_breaker_is_no_voter_of_this_one() {
    let mut server = Server::new();
    for _ in 0..4 {
        server.wait(2_000);
        server.beat("i1");
        server.beat_for("i2", &["mail"]);
    }
    assert_eq!(server.send_vote(vote_of(&voter("i1"))).answer, VoteAnswer::Opened);
}

#[test]
fn a_key_is_shared_by_all_that_share_its_set() {
    let mut server = Server::new();
    for _ in 0..4 {
        server.wait(2_000);
        server.beat_for("i1", &["models"]);
        server.beat_for("i2", &["models"]);
    }
    let (breaker, shared_as) = ("models:gpt".to_owned(), "models".to_owned());
    let vote = Vote { breaker, shared_as, ..vote_of(&voter("i1")) };
    let reply = server.send_vote(vote);
    assert_eq!((reply.answer, reply.sharers), (VoteAnswer::Counted, 2));
}

#[test]
fn a_flush_does_not_make_a_voter_the_only_one() {
    let mut server = Server::new();
    for _ in 0..4 {
        server.wait(2_000);
        server.beat("i1");
        server.beat("i2");
    }
    server.memory.flush();
    server.beat("i1");
    assert_eq!(server.send_vote(vote_of(&voter("i1"))).answer, VoteAnswer::Counted);
}

#[test]
fn any_quorum_can_be_asked_for() {
    let mut server = Server::new();
    let vote = |quorum, voter| Vote { quorum, ..vote_of(voter) };
    assert_eq!(server.send_vote(vote(3, "v1")).answer, VoteAnswer::Counted);
    assert_eq!(server.send_vote(vote(3, "v2")).answer, VoteAnswer::Counted);
    assert_eq!(server.send_vote(vote(3, "v3")).answer, VoteAnswer::Opened);
    let mut server = Server::new();
    assert_eq!(server.send_vote(vote(1, "v1")).answer, VoteAnswer::Opened);
}

#[test]
fn the_open_phase_is_at_most_the_longest() {
    let mut server = Server::new();
    let vote = Vote { quorum: 1, open_for: Duration::from_millis(LONGEST + 1), ..vote_of("v1") };
    assert_eq!(server.send_vote(vote).standing.unwrap().left, Duration::from_millis(LONGEST));
}
