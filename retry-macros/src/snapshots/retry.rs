/// Documented.
#[rustfmt::__retry_utils_layer_async_retry()]
pub async fn complete(&self, prompt: &str) -> Result<String, LlmError> {
    #[allow(clippy::implicit_return)]
    {
        use ::retry_utils::private::{
            self as __retry_utils, Err as __retry_utils_err, Ok as __retry_utils_ok,
        };
        {
            const _: () = { __retry_utils::check(&STANDARD) };
            static __RETRY_UTILS_METHOD: __retry_utils::Method = __retry_utils::Method::new(
                ::core::module_path!(),
                "complete",
            );
            let mut __retry_utils_series = __retry_utils::Series::within(
                __retry_utils::budget_of(&STANDARD),
            );
            loop {
                {
                    let __retry_utils_outcome = {
                        type __RetryUtilsSlotR = ();
                        async {
                            if let __retry_utils_ok(__retry_utils_outcome) = __retry_utils_err::<
                                Result<String, LlmError>,
                                (),
                            >(()) {
                                return __retry_utils_outcome;
                            }
                            self.send(prompt).await?.text().await
                        }
                            .await
                    };
                    match __retry_utils_outcome {
                        __retry_utils_ok(__retry_utils_value) => {
                            break __retry_utils_ok(__retry_utils_value);
                        }
                        __retry_utils_err(__retry_utils_failed) => {
                            let __retry_utils_error = &__retry_utils_failed;
                            if !__retry_utils_series
                                .failed(
                                    &STANDARD,
                                    __RETRY_UTILS_METHOD.name::<Self>(),
                                    __retry_utils::classified(
                                        __retry_utils::Retryable::failure_kind(__retry_utils_error),
                                        __retry_utils::Retryable::retry_after(__retry_utils_error),
                                        __retry_utils::Shown::shown(__retry_utils_error),
                                    ),
                                )
                            {
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
