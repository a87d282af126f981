/** The formats of SGLang. */
package io.logitstream.teacher.served.sglang;
