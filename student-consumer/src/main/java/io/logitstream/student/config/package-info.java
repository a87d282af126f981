/** Configuration of a student and of its training, and the settings that make two runs the same run. */
package io.logitstream.student.config;
