/** Configuration of the teacher stream. */
package io.logitstream.teacher.config;
