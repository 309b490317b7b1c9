//! What is printed steers no terminal. (`Desk::feed` looks at every output of every test.)

use crate::support::Desk;

const EVIL: &str = "\u{1b}]0;owned\u{7}\u{1b}[31m\u{202e}\u{2066}\u{200b}\u{9b}2J\r\n";

#[test]
fn nothing_of_the_input_is_printed_as_it_is() {
    let desk = Desk::new();
    let text = serde_json::to_string(EVIL).unwrap();
    // JSON writes most of it as it is but for the controls of ASCII.
    let inputs = [
        EVIL.to_owned(),
        text.clone(),
        format!("{{{text}:{text}}}"),
        format!("{{\"kty\":{text}}}"),
        format!("{{\"title\":{text},\"cases\":[{{\"id\":{text}}}]}}"),
    ];
    for input in inputs {
        for command in [
            &["inspect", "-"][..],
            &["inspect", "-", "--json"],
            &["key", "public", "-"],
            &["verify", "-"],
        ] {
            let ran = desk.feed(command, input.as_bytes());
            for hidden in ['\u{2066}', '\u{200b}'] {
                assert!(
                    !ran.out.contains(hidden) && !ran.err.contains(hidden),
                    "{ran:?}"
                );
            }
        }
    }
}

#[test]
fn nor_of_the_arguments() {
    let desk = Desk::new();
    for arguments in [
        &[EVIL][..],
        &["inspect", EVIL],
        &["verify", "--kind", EVIL, "--keys", EVIL, EVIL],
        &["key", "new", "--alg", EVIL],
        &["verify", "--at", EVIL, "x"],
    ] {
        assert_eq!(desk.run(arguments).status, 2, "{arguments:?}");
    }
}

#[test]
fn help_is_no_mistake_and_says_what_the_exit_status_means() {
    let desk = Desk::new();
    let ran = desk.run(&["--help"]);
    assert_eq!(ran.status, 0);
    assert!(ran.out.contains("Exit status: 0"), "{}", ran.out);
    for command in [
        &["key"][..],
        &["key", "new"],
        &["inspect"],
        &["verify"],
        &["sign"],
        &["chain", "verify"],
    ] {
        let ran = desk.run(&[command, &["--help"]].concat());
        assert_eq!((ran.status, ran.err.as_str()), (0, ""));
        assert!(ran.out.contains("Usage: mydata"), "{}", ran.out);
    }
    assert_eq!(desk.run(&[]).status, 2);
    assert_eq!(desk.run(&["--version"]).status, 0);
}
