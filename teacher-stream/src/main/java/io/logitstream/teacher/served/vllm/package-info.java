/** The formats of vLLM. */
package io.logitstream.teacher.served.vllm;
