; SPDX-License-Identifier: MIT
; The installer for Windows: per user, no administrator. package.py compiles it and defines what is asked for here.
;
; Installer:    /S silent   /D=FOLDER another place (last, without quotes)
; Uninstaller:  /S silent   /UNDO take the setup back first   /FORGET revoke and forget the Plex sign-in
; Without these switches a silent removal changes nothing at Plex and Tailscale, and says how to.
; Exit codes: 0 done, 1 stopped by the person, 2 the program is running or the setup could not be taken back.

Unicode true
!ifdef TARGET
  Target ${TARGET}
!endif
SetCompressor /SOLID lzma
SetCompressorDictSize 64
ManifestDPIAware true
ManifestSupportedOS all
RequestExecutionLevel user
AllowSkipFiles off
SetDateSave on

!include MUI2.nsh
!include FileFunc.nsh
!include LogicLib.nsh
!include nsDialogs.nsh

!define UNINSTALL_KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\${NAME}"
!define PATHS_KEY "Software\Microsoft\Windows\CurrentVersion\App Paths\${CONSOLE_EXE}"
!define LINKS "$SMPROGRAMS\${TITLE}"
!define HOW_TO "How to take the setup back.txt"

Name "${TITLE}"
BrandingText "${TITLE} ${VERSION}"
OutFile "${OUTPUT}"
InstallDir "$LOCALAPPDATA\Programs\${NAME}"
InstallDirRegKey HKCU "${UNINSTALL_KEY}" "InstallLocation"
ShowInstDetails nevershow
ShowUninstDetails show

VIProductVersion "${NUMBERS}"
VIFileVersion "${NUMBERS}"
VIAddVersionKey "ProductName" "${TITLE}"
VIAddVersionKey "FileDescription" "${TITLE}, installer"
VIAddVersionKey "CompanyName" "${PUBLISHER}"
VIAddVersionKey "LegalCopyright" "${PUBLISHER}, MIT licence"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "ProductVersion" "${VERSION}"

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_ABORTWARNING
!define MUI_WELCOMEFINISHPAGE_BITMAP "${WELCOME_BITMAP}"
!define MUI_WELCOMEFINISHPAGE_BITMAP_STRETCH AspectFitHeight
!define MUI_UNWELCOMEFINISHPAGE_BITMAP "${WELCOME_BITMAP}"
!define MUI_UNWELCOMEFINISHPAGE_BITMAP_STRETCH AspectFitHeight
!define MUI_HEADERIMAGE
!define MUI_HEADERIMAGE_BITMAP "${HEADER_BITMAP}"
!define MUI_HEADERIMAGE_BITMAP_STRETCH AspectFitHeight
!define MUI_HEADERIMAGE_RIGHT

!define MUI_WELCOMEPAGE_TITLE "Your Plex server, reachable from anywhere"
!define MUI_WELCOMEPAGE_TEXT "This puts ${TITLE} ${VERSION} on this computer, for you alone. No administrator is needed.$\r$\n$\r$\nNothing is changed at Plex or Tailscale by installing: the assistant looks first, shows what it would change, and asks.$\r$\n$\r$\n$_CLICK"
!insertmacro MUI_PAGE_WELCOME
!insertmacro MUI_PAGE_INSTFILES
!define MUI_FINISHPAGE_RUN "$INSTDIR\${WINDOW_EXE}"
!define MUI_FINISHPAGE_RUN_TEXT "Start the assistant now"
!define MUI_FINISHPAGE_NOREBOOTSUPPORT
!insertmacro MUI_PAGE_FINISH

UninstPage custom un.AskPage un.AskPageLeave
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

Var Answer
Var Undo    ; "1": take the setup back before the program goes
Var Forget  ; "1": revoke and forget the Plex sign-in
Var Upgrade ; "1": a newer version is on its way, so nothing has to be said
Var UndoBox
Var ForgetBox

; Ends the installer or uninstaller where one of the two programs is running: Windows holds their files then.
!macro STOP_WHILE_RUNNING EXE
  !define AGAIN again_${__LINE__}
  ${AGAIN}:
  ${If} ${FileExists} "$INSTDIR\${EXE}"
    ClearErrors
    FileOpen $Answer "$INSTDIR\${EXE}" a
    ${If} ${Errors}
      MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "The assistant is running. Close its window, then try again." /SD IDCANCEL IDRETRY ${AGAIN}
      SetErrorLevel 2
      Quit
    ${EndIf}
    FileClose $Answer
  ${EndIf}
  !undef AGAIN
!macroend

; Removes the program's files, and nothing else that may be in the folder. FILES has a Delete for each beside _internal.
!macro REMOVE_FILES
  RMDir /r "$INSTDIR\_internal"
  !include "${FILES}"
!macroend

Section
  !insertmacro STOP_WHILE_RUNNING "${CONSOLE_EXE}"
  !insertmacro STOP_WHILE_RUNNING "${WINDOW_EXE}"
  ${If} ${FileExists} "$INSTDIR\uninstall.exe" ; an earlier version knows its own files best
    ExecWait '"$INSTDIR\uninstall.exe" /S /UPGRADE _?=$INSTDIR'
    !insertmacro REMOVE_FILES
  ${EndIf}
  SetOutPath "$INSTDIR"
  ClearErrors
  WriteUninstaller "$INSTDIR\uninstall.exe" ; first, so that what a broken-off installation left can be removed
  File /r "${PAYLOAD}\*"
  ${If} ${Errors}
    MessageBox MB_OK|MB_ICONEXCLAMATION "Not all files could be written to $INSTDIR. Is the disk full? Free some space, then start this installer again." /SD IDOK
    SetErrorLevel 2
    Quit
  ${EndIf}
  Delete "$LOCALAPPDATA\${NAME}\${HOW_TO}"

  CreateDirectory "${LINKS}"
  CreateShortCut "${LINKS}\${TITLE}.lnk" "$INSTDIR\${WINDOW_EXE}"
  SetOutPath "$PROFILE" ; where the command line begins
  CreateShortCut "${LINKS}\Command line.lnk" "$SYSDIR\cmd.exe" '/k set "PATH=$INSTDIR;%PATH%" && ${NAME} --help' "$INSTDIR\${WINDOW_EXE}"
  SetOutPath "$INSTDIR"
  WriteRegStr HKCU "${PATHS_KEY}" "" "$INSTDIR\${CONSOLE_EXE}"

  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayName" "${TITLE}"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayIcon" "$INSTDIR\${WINDOW_EXE}"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "Publisher" "${PUBLISHER}"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${UNINSTALL_KEY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "EstimatedSize" ${KILOBYTES}
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "NoModify" 1
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "NoRepair" 1
SectionEnd

Function un.onInit
  ${GetParameters} $R0
  ClearErrors
  ${GetOptions} $R0 "/UNDO" $R1
  ${IfNot} ${Errors}
    StrCpy $Undo "1"
  ${EndIf}
  ClearErrors
  ${GetOptions} $R0 "/FORGET" $R1
  ${IfNot} ${Errors}
    StrCpy $Forget "1"
  ${EndIf}
  ClearErrors
  ${GetOptions} $R0 "/UPGRADE" $R1
  ${IfNot} ${Errors}
    StrCpy $Upgrade "1"
  ${EndIf}
FunctionEnd

Function un.AskPage
  !insertmacro MUI_HEADER_TEXT "Before the program goes" "Removing it does not take back what it set up."
  nsDialogs::Create 1018
  Pop $R0
  ${NSD_CreateLabel} 0 0 100% 42u "What the assistant set up stays: Plex can still be reached from outside, and the Plex sign-in stays in this computer's keyring. Say here if you want either to end first. Taking it back can take a minute, and needs Plex and Tailscale to be running."
  Pop $R0
  ${NSD_CreateCheckBox} 0 50u 100% 12u "&Take the setup back first: Plex is then not reachable from outside any more"
  Pop $UndoBox
  ${If} $Undo == "1"
    ${NSD_Check} $UndoBox
  ${EndIf}
  ${NSD_CreateCheckBox} 0 68u 100% 12u "&Sign out of Plex and forget the sign-in"
  Pop $ForgetBox
  ${If} $Forget == "1"
    ${NSD_Check} $ForgetBox
  ${EndIf}
  nsDialogs::Show
FunctionEnd

Function un.AskPageLeave
  ${NSD_GetState} $UndoBox $Undo
  ${NSD_GetState} $ForgetBox $Forget
FunctionEnd

Section "Uninstall"
  !insertmacro STOP_WHILE_RUNNING "${CONSOLE_EXE}"
  !insertmacro STOP_WHILE_RUNNING "${WINDOW_EXE}"
  ${If} $Undo == "1"
    DetailPrint "Taking the setup back …"
    nsExec::ExecToLog /TIMEOUT=300000 '"$INSTDIR\${CONSOLE_EXE}" undo --yes'
    Pop $Answer
    ${If} $Answer != "0"
      MessageBox MB_YESNO|MB_ICONEXCLAMATION|MB_DEFBUTTON2 "The setup could not be taken back completely, so Plex may still be reachable from outside. Open the assistant and choose “Undo” to see what is left.$\r$\n$\r$\nRemove the program all the same?" /SD IDNO IDYES go_on
      SetErrorLevel 2
      Quit
      go_on:
    ${EndIf}
  ${EndIf}
  ${If} $Forget == "1"
    DetailPrint "Signing out of Plex …"
    nsExec::ExecToLog /TIMEOUT=300000 '"$INSTDIR\${CONSOLE_EXE}" sign-out'
    Pop $Answer
    ${If} $Answer != "0"
      MessageBox MB_YESNO|MB_ICONEXCLAMATION|MB_DEFBUTTON2 "The Plex sign-in could not be revoked and forgotten. You can end it at app.plex.tv, under Settings, Authorized devices.$\r$\n$\r$\nRemove the program all the same?" /SD IDNO IDYES go_on_too
      SetErrorLevel 2
      Quit
      go_on_too:
    ${EndIf}
  ${EndIf}
  ${If} $Undo != "1"
  ${AndIf} $Upgrade != "1"
    Call un.SayHowToUndo
  ${EndIf}

  !insertmacro REMOVE_FILES
  Delete "$INSTDIR\uninstall.exe"
  SetOutPath "$TEMP" ; a folder that is somebody's current one can't be removed
  RMDir "$INSTDIR"
  Delete "${LINKS}\${TITLE}.lnk"
  Delete "${LINKS}\Command line.lnk"
  RMDir "${LINKS}"
  DeleteRegKey HKCU "${PATHS_KEY}"
  DeleteRegKey HKCU "${UNINSTALL_KEY}"
SectionEnd

!define WORDS_1 "Removing ${TITLE} leaves Plex reachable from outside, as it was set up."
!define WORDS_2 "To take the setup back, install the program again and run:"
!define WORDS_3 "    ${NAME} undo --yes"
!define WORDS_4 "    ${NAME} sign-out"
!define WORDS_5 "Or by hand: $\"tailscale funnel --https=443 off$\" (or 8443, 10000), and in Plex under"
!define WORDS_6 "Settings > Network empty $\"Custom server access URLs$\" and look at $\"Remote Access$\"."
!define WORDS "${WORDS_1}$\r$\n${WORDS_2}$\r$\n${WORDS_3}$\r$\n${WORDS_4}$\r$\n${WORDS_5}$\r$\n${WORDS_6}$\r$\n"

; In the log on the screen, as a file beside the program's records where there are any, and on standard output, which
; exists where the uninstaller was started with _?=FOLDER: without it, it goes on as a copy of itself.
Function un.SayHowToUndo
  DetailPrint "${WORDS_1}"
  DetailPrint "${WORDS_2}"
  DetailPrint "${WORDS_3}"
  DetailPrint "${WORDS_4}"
  DetailPrint "${WORDS_5}"
  DetailPrint "${WORDS_6}"
  ${If} ${FileExists} "$LOCALAPPDATA\${NAME}\*.*"
    FileOpen $Answer "$LOCALAPPDATA\${NAME}\${HOW_TO}" w
    FileWrite $Answer "${WORDS}"
    FileClose $Answer
  ${EndIf}
  System::Call "kernel32::AttachConsole(i -1)"
  System::Call "kernel32::GetStdHandle(i -11) p.r1"
  ${If} $1 P<> 0
  ${AndIf} $1 P<> -1
    FileWrite $1 "${WORDS}"
  ${EndIf}
FunctionEnd
