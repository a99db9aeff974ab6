async fn f(&mut self) -> Result<u32, Failed> {
    {
        let owner = &self.breaker.clone();
        let breaker: &::retry_utils::CircuitBreaker = owner;
        'asked: {
            let permit = match ::retry_utils::private::admit(breaker) {
                ::core::result::Result::Ok(permit) => permit,
                ::core::result::Result::Err(open) => {
                    break 'asked ::retry_utils::private::FallBack::<
                        Result<u32, Failed>,
                        _,
                    >::outcome(
                            ::retry_utils::private::call_fallback(
                                |open| Err(open.into()),
                                open,
                            ),
                        )
                        .await;
                }
            };
            let outcome = {
                type __RetryUtilsSlotB = ();
                async {
                    #[allow(clippy::all, clippy::pedantic, unreachable_code)]
                    if let ::core::option::Option::Some(outcome) = ::core::option::Option::None::<
                        Result<u32, Failed>,
                    > {
                        return outcome;
                    }
                    let _ = &mut *self;
                    g().await
                }
                    .await
            };
            match outcome {
                ::core::result::Result::Ok(
                    value,
                ) if {
                    let value = &value;
                    ::retry_utils::private::ask(value, |value| *value == 0)
                } => {
                    ::retry_utils::private::judge(permit, true);
                    ::core::result::Result::Ok(value)
                }
                ::core::result::Result::Ok(value) => {
                    permit.success();
                    ::core::result::Result::Ok(value)
                }
                ::core::result::Result::Err(failed) => {
                    let error = &failed;
                    ::retry_utils::private::judge(
                        permit,
                        ::retry_utils::private::ask(error, |error| error.is_transient()),
                    );
                    ::core::result::Result::Err(failed)
                }
            }
        }
    }
}
