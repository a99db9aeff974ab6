#[rustfmt::__retry_utils_layer_async_retry()]
async fn f() -> Result<u32, Failed> {
    #[allow(clippy::implicit_return)]
    {
        use ::retry_utils::private::{
            self as __retry_utils, Err as __retry_utils_err, Ok as __retry_utils_ok,
        };
        {
            const _: () = { __retry_utils::check(&STANDARD) };
            let mut __retry_utils_series = {
                let __retry_utils_budget: &__retry_utils::RetryBudget = {
                    let __retry_utils_budget: &'static __retry_utils::RetryBudget = &API;
                    __retry_utils_budget
                };
                __retry_utils::Series::within(
                    ::core::option::Option::Some(__retry_utils_budget),
                )
            };
            loop {
                {
                    let __retry_utils_outcome = {
                        type __RetryUtilsSlotR = ();
                        async {
                            if let __retry_utils_ok(__retry_utils_outcome) = __retry_utils_err::<
                                Result<u32, Failed>,
                                (),
                            >(()) {
                                return __retry_utils_outcome;
                            }
                            g().await
                        }
                            .await
                    };
                    match __retry_utils_outcome {
                        __retry_utils_ok(__retry_utils_value) => {
                            break __retry_utils_ok(__retry_utils_value);
                        }
                        __retry_utils_err(__retry_utils_failed) => {
                            let __retry_utils_error = &__retry_utils_failed;
                            if !{
                                let __retry_utils_budget: &__retry_utils::RetryBudget = {
                                    let __retry_utils_budget: &'static __retry_utils::RetryBudget = &API;
                                    __retry_utils_budget
                                };
                                __retry_utils_series
                                    .failed_call(
                                        __retry_utils::Call::new(
                                                &STANDARD,
                                                ::core::concat!(::core::module_path!(), "::f"),
                                            )
                                            .within(__retry_utils_budget),
                                        __retry_utils::classified(
                                            __retry_utils::Retryable::failure_kind(__retry_utils_error),
                                            __retry_utils::Retryable::retry_after(__retry_utils_error),
                                            __retry_utils::Shown::shown(__retry_utils_error),
                                        ),
                                    )
                            } {
                                break __retry_utils_err(__retry_utils_failed);
                            }
                        }
                    }
                }
                __retry_utils_series.wait().await;
            }
        }
    }
}
