#[rustfmt::__retry_utils_layer_async_retry()]
async fn f() -> Result<u32, Failed> {
    #[allow(clippy::implicit_return)]
    {
        use ::retry_utils::private as __retry_utils;
        let mut __retry_utils_series = __retry_utils::Sequence::new();
        loop {
            {
                let n: u32 = __retry_utils_series.attempt();
                match '__retry_utils_slot_r: {
                    async {
                        if false {
                            return __retry_utils::never::<Result<u32, Failed>>();
                        }
                        g().await
                    }
                        .await
                } {
                    __retry_utils::Ok(
                        __retry_utils_value,
                    ) if {
                        let __retry_utils_value = &__retry_utils_value;
                        {
                            let __retry_utils_answer: bool = __retry_utils::ask(
                                __retry_utils_value,
                                is_pending,
                            );
                            __retry_utils_answer
                        }
                    } => {
                        if !{
                            let mut __retry_utils_hook = __retry_utils::hook(|event| {
                                println!("{event:?}")
                            });
                            let mut __retry_utils_hook = |
                                __retry_utils_event: &__retry_utils::Event<'_>|
                            {
                                __retry_utils::Synchronous::end(
                                    __retry_utils_hook(__retry_utils_event),
                                )
                            };
                            __retry_utils_series
                                .failed_call(
                                    __retry_utils::Call::new(
                                            &__retry_utils::STANDARD,
                                            {
                                                let __retry_utils_name: &'static str = "f";
                                                __retry_utils_name
                                            },
                                        )
                                        .reporting_to(&mut __retry_utils_hook),
                                    __retry_utils::Failure::unsatisfied(),
                                )
                        } {
                            break __retry_utils::Ok(__retry_utils_value);
                        }
                    }
                    __retry_utils::Err(__retry_utils_failed) => {
                        if !{
                            let mut __retry_utils_hook = __retry_utils::hook(|event| {
                                println!("{event:?}")
                            });
                            let mut __retry_utils_hook = |
                                __retry_utils_event: &__retry_utils::Event<'_>|
                            {
                                __retry_utils::Synchronous::end(
                                    __retry_utils_hook(__retry_utils_event),
                                )
                            };
                            __retry_utils_series
                                .failed_call(
                                    __retry_utils::Call::new(
                                            &__retry_utils::STANDARD,
                                            {
                                                let __retry_utils_name: &'static str = "f";
                                                __retry_utils_name
                                            },
                                        )
                                        .reporting_to(&mut __retry_utils_hook),
                                    __retry_utils::explained(
                                        __retry_utils::Failure::decided(
                                                {
                                                    let __retry_utils_answer: bool = __retry_utils::ask(
                                                        &__retry_utils_failed,
                                                        |error| error.is_transient(),
                                                    );
                                                    __retry_utils_answer
                                                },
                                                __retry_utils::Judged(&__retry_utils_failed)
                                                    .__retry_utils_known(),
                                                __retry_utils::Judged(&__retry_utils_failed)
                                                    .__retry_utils_shown(),
                                            )
                                            .with_hint({
                                                let __retry_utils_answer: ::core::option::Option<
                                                    ::core::time::Duration,
                                                > = __retry_utils::ask(
                                                    &__retry_utils_failed,
                                                    |error| error.wait,
                                                );
                                                __retry_utils_answer
                                            }),
                                        __retry_utils::Judged(&__retry_utils_failed)
                                            .__retry_utils_error(),
                                        __retry_utils::Judged(&__retry_utils_failed)
                                            .__retry_utils_as_error(),
                                    ),
                                )
                        } {
                            break __retry_utils::Err(__retry_utils_failed);
                        }
                    }
                    __retry_utils_outcome => break __retry_utils_outcome,
                }
            }
            __retry_utils_series.wait().await;
        }
    }
}
