/** Teachers that a vLLM or SGLang server computes: what is asked of such a server, and what it answers. */
package io.logitstream.teacher.served;
