; SPDX-License-Identifier: MIT
; Stands for the program: writes down with what arguments it was started, and ends with the code in exit_code.txt
; beside it. Started with "stay" it goes on until a file named "leave" is there.
Unicode true
Target amd64-unicode
Name "stand-in"
OutFile "${OUTPUT}"
SilentInstall silent
RequestExecutionLevel user
!include FileFunc.nsh
!include LogicLib.nsh

Section
  ${GetParameters} $0
  FileOpen $1 "$LOCALAPPDATA\started.txt" a
  FileSeek $1 0 END
  FileWrite $1 "$EXEFILE $0$\n"
  FileClose $1
  ${If} $0 == "stay"
    ${DoUntil} ${FileExists} "$LOCALAPPDATA\leave"
      Sleep 50
    ${Loop}
  ${EndIf}
  StrCpy $2 "0"
  ${If} ${FileExists} "$LOCALAPPDATA\exit_code.txt"
    FileOpen $1 "$LOCALAPPDATA\exit_code.txt" r
    FileRead $1 $2
    FileClose $1
  ${EndIf}
  SetErrorLevel $2
SectionEnd
