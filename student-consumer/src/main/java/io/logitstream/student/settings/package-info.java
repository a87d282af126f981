/** Which settings decide whether two runs are the same run. */
package io.logitstream.student.settings;
