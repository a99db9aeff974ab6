async fn f() -> Result<u32, Failed> {
    {
        let mut series = ::retry_utils::private::Series::new();
        loop {
            {
                let span = ::retry_utils::private::attempt_span(
                    ::core::concat!(::core::module_path!(), "::f"),
                    series.attempt(),
                );
                let mut cut = ::core::option::Option::None;
                let outcome = match ::retry_utils::private::Limits::of(
                        ::core::option::Option::Some(
                            ::core::time::Duration::new(1u64, 500000000u32),
                        ),
                        ::core::option::Option::None,
                    )
                    .run(async {
                        ::retry_utils::private::in_span(
                                &span,
                                async {
                                    {
                                        type __RetryUtilsSlotR = ();
                                        async {
                                            #[allow(clippy::all, clippy::pedantic, unreachable_code)]
                                            if let ::core::option::Option::Some(outcome) = ::core::option::Option::None::<
                                                Result<u32, Failed>,
                                            > {
                                                return outcome;
                                            }
                                            g().await
                                        }
                                            .await
                                    }
                                },
                            )
                            .await
                    })
                    .await
                {
                    ::core::result::Result::Ok(outcome) => outcome,
                    ::core::result::Result::Err(timed_out) => {
                        ::core::result::Result::Err(
                            ::retry_utils::private::FromTimedOut::cut_short(
                                timed_out,
                                &mut cut,
                            ),
                        )
                    }
                };
                match outcome {
                    ::core::result::Result::Ok(
                        value,
                    ) if {
                        let value = &value;
                        ::retry_utils::private::ask(value, is_pending)
                    } => {
                        if !series
                            .failed(
                                &::retry_utils::STANDARD,
                                ::core::concat!(::core::module_path!(), "::f"),
                                ::retry_utils::private::traced(
                                    &span,
                                    ::retry_utils::private::unsatisfied(),
                                ),
                            )
                        {
                            break ::core::result::Result::Ok(value);
                        }
                    }
                    ::core::result::Result::Ok(value) => {
                        break ::core::result::Result::Ok(value);
                    }
                    ::core::result::Result::Err(failed) => {
                        let error = &failed;
                        if !series
                            .failed(
                                &::retry_utils::STANDARD,
                                ::core::concat!(::core::module_path!(), "::f"),
                                ::retry_utils::private::traced(
                                    &span,
                                    match cut {
                                        ::core::option::Option::Some(cut) => {
                                            ::retry_utils::private::timed_out(
                                                cut,
                                                ::retry_utils::private::Shown::shown(error),
                                            )
                                        }
                                        ::core::option::Option::None => {
                                            ::retry_utils::private::classified(
                                                ::retry_utils::Retryable::failure_kind(error),
                                                ::retry_utils::Retryable::retry_after(error),
                                                ::retry_utils::private::Shown::shown(error),
                                            )
                                        }
                                    },
                                ),
                            )
                        {
                            break ::core::result::Result::Err(failed);
                        }
                    }
                }
            }
            series.wait().await;
        }
    }
}
